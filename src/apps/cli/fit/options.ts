import path from 'node:path'
import { Option, type Command } from 'commander'
import { ArgumentError, alternatives, requireInteger, unquoted } from '../../../base/errors'
import { fromStart } from '../../../platform/places'

/** What `lidvae fit` is called with. */
export interface FitCommand {
  model: string
  likelihood?: string
  latent: string
  hidden?: string
  components?: string
  epochs: string
  batch: string
  rate?: string
  seed: string
  test: string
  run?: string
  html?: string
  json?: boolean
  texts?: boolean
  data?: string[]
}

/** The same, checked, with paths and numbers. */
export interface FitSettings {
  /** The file or folder of data, absolute. */
  source: string
  model: string
  likelihood?: string
  latent: number
  hidden?: number
  components: number
  epochs: number
  batch: number
  rate?: number
  seed: number
  /** Fraction or number of data points that are held out. */
  test: number
  /** The run folder, absolute. */
  run: string
  /** The report's file, absolute. */
  html?: string
  /** Whether the data are texts. */
  texts: boolean
  /** Options of `lid.data.from` or `lid.data.text`. */
  data: Record<string, unknown>
}

export const MODELS = ['lidvae', 'vae', 'lidmvae', 'gmvae', 'lidsvae', 'svae'] as const
export const LIKELIHOODS = ['bernoulli', 'gaussian', 'poisson', 'negativeBinomial'] as const

const repeated = (text: string, before: string[] = []): string[] => [...before, text]

/** Declares `lidvae fit` with its flags. */
export function declareFit(
  lidvae: Command,
  action: (source: string, options: FitCommand) => Promise<void>,
): void {
  lidvae
    .command('fit')
    .description('train a model on a file or folder of data, measure its collapse, and write a report')
    .argument('<data>', 'what lid.data.from or, for .txt and .smi, lid.data.text reads')
    .addOption(new Option('--model <name>', MODELS.join(', ')).default('lidvae'))
    .option('--likelihood <name>', `${LIKELIHOODS.join(', ')}; by default as the values are`)
    .option('--latent <units>', 'units of z', '8')
    .option('--hidden <units>', "width of the hidden layers; by default the model's")
    .option('--components <count>', 'of a mixture (default: 10)')
    .option('--epochs <count>', 'passes over the training data', '20')
    .option('--batch <size>', 'data points per step', '100')
    .option('--rate <number>', 'learning rate, constant; by default 1e-3, a fifth of it at the end')
    .option('--seed <number>', 'of the split, the weights and the training', '1')
    .option('--test <share>', 'what is held out: a fraction or a number of data points', '0.2')
    .option('--run <folder>', 'where model, checkpoints and results go (default: runs/DATA-MODEL)')
    .option('--html <file>', 'also a report with charts, in one file')
    .option('--texts', 'the data are texts')
    .option('--data <name=value>', 'an option of the reader, such as missing=drop; may be repeated', repeated)
    .option('--json', 'the results as one JSON object')
    .allowExcessArguments(false)
    .action(action)
}

/**
 * Checks the flags.
 *
 * @throws ArgumentError that names the flag
 */
export function settingsOfFit(source: string, options: FitCommand): FitSettings {
  const { likelihood, run, html } = options
  const texts = options.texts ?? /\.(txt|smi)$/i.test(source)
  requireOneOf('--model', options.model, MODELS)
  if (likelihood !== undefined) requireOneOf('--likelihood', likelihood, LIKELIHOODS)
  if (texts && likelihood !== undefined)
    throw new ArgumentError('--likelihood', likelihood, 'omitted for texts, whose tokens are categorical')
  const model = modelFor(options.model, texts)
  if (options.components !== undefined && model !== 'gmvae' && model !== 'lidmvae')
    throw new ArgumentError(
      '--components',
      options.components,
      `omitted for ${model}`,
      'Mixtures are gmvae and lidmvae.',
    )
  if (html !== undefined && !/\.html?$/i.test(html))
    throw new ArgumentError('--html', html, 'a file that ends in .html')
  const name = path.basename(source).replace(/\.\w+$/, '')
  return {
    source: fromStart(source),
    model,
    likelihood,
    latent: whole('--latent', options.latent),
    hidden: options.hidden === undefined ? undefined : whole('--hidden', options.hidden),
    components: options.components === undefined ? 10 : whole('--components', options.components, 2),
    epochs: whole('--epochs', options.epochs),
    batch: whole('--batch', options.batch),
    rate: options.rate === undefined ? undefined : positive('--rate', options.rate),
    seed: whole('--seed', options.seed, 0),
    test: positive('--test', options.test),
    run: fromStart(run ?? path.join('runs', `${name}-${model}`)),
    html: html === undefined ? undefined : fromStart(html),
    texts,
    data: Object.fromEntries((options.data ?? []).map(dataOption)),
  }
}

/** The model of texts for the name of one of rows. */
function modelFor(model: string, texts: boolean): string {
  const ofTexts = model === 'svae' || model === 'lidsvae'
  if (texts && !ofTexts) {
    if (model === 'vae') return 'svae'
    if (model === 'lidvae') return 'lidsvae'
    throw new ArgumentError('--model', model, 'lidsvae or svae for texts')
  }
  if (!texts && ofTexts)
    throw new ArgumentError(
      '--model',
      model,
      'lidvae, vae, lidmvae or gmvae for rows of numbers',
      'For a file of texts add --texts.',
    )
  return model
}

/** What a reader says of one of its options, in the words of the command line. */
export function onCommandLine(error: ArgumentError): ArgumentError {
  const [, name] = /^(?:from|text)\(\{ (\w+) \}\)$/.exec(error.argument) ?? []
  if (name === undefined) return error
  const remedy = error.remedy.replace(/\b(\w+): '([^']*)'/g, '--data $1=$2')
  return new ArgumentError(`--data ${name}`, error.received, error.expected, remedy)
}

/** 'size=[28,28]' as a name and a value: JSON where it is, text otherwise. */
function dataOption(given: string): [string, unknown] {
  const at = given.indexOf('=')
  if (at < 1) throw new ArgumentError('--data', given, 'name=value, such as label=species')
  const [name, value] = [given.slice(0, at), given.slice(at + 1)]
  try {
    return [name, JSON.parse(value) as unknown]
  } catch {
    return [name, value]
  }
}

function requireOneOf(flag: string, value: string, names: readonly string[]): void {
  if (!names.includes(value)) throw new ArgumentError(flag, value, alternatives(names))
}

function whole(flag: string, text: string, least = 1): number {
  const value = text.trim() === '' ? NaN : Number(text)
  requireInteger(flag, Number.isNaN(value) ? text : value, least)
  return value
}

function positive(flag: string, text: string): number {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value)))
    throw new ArgumentError(flag, unquoted(`'${text}'`), 'a number > 0')
  return value
}
