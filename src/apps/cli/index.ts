import { Command, Option } from 'commander'
import { LIKELIHOODS } from '../../audit/likelihood'
import { LidvaeError } from '../../base/errors'
import { dataSets } from '../experiments/table/cell'
import { methods } from '../experiments/table/methods'
import { sizes } from '../experiments/table/setting'
import { audit, FAILURES, type AuditCommand } from './audit'
import { dataFetch, dataList, dataVerify } from './data'
import { doctor } from './doctor'
import { codeOfEnding, endAtSignals } from './ending'
import { fit } from './fit/fit'
import { declareFit } from './fit/options'
import { lab } from './lab'
import { type LabsCommand, makeLabs } from './labs'
import { type RunCommand, run, start } from './run'
import { rerun } from './rerun'
import { type SetupOptions, setup } from './setup'
import { site } from './site'
import { table, type TableCommand } from './table'

/** Comma-separated names; a repeated option adds to them. */
const list = (text: string, before: string[] = []): string[] => [
  ...before,
  ...text.split(',').map((name) => name.trim()),
]

/** The command `lidvae`, every part of it. */
export function program(finish: (code: number) => void): Command {
  const lidvae = new Command('lidvae')
    .description('Latent-identifiable variational autoencoders in a notebook, in TypeScript')
    .helpCommand(false)
  lidvae
    .command('doctor')
    .description('report what is installed and how to get what is missing')
    .option('--json', 'as one JSON object')
    .allowExcessArguments(false)
    .action(async (options: { json?: boolean }) => finish(await doctor(options.json ?? false)))
  lidvae
    .command('setup')
    .description('prepare the native engine, Jupyter and the tslab kernel; safe to repeat')
    .addOption(new Option('--engine-only', 'only the engine').conflicts('jupyterOnly'))
    .option('--jupyter-only', 'only Jupyter and the kernel')
    .option('--force', 'prepare the engine again')
    .allowExcessArguments(false)
    .action(async (options: SetupOptions) => finish(await setup(options)))
  lidvae
    .command('start')
    .description('run the tour and write out/tour.html, from nothing')
    .allowExcessArguments(false)
    .action(async () => finish(await start()))
  lidvae
    .command('lab')
    .description('open JupyterLab on the notebooks; further options are passed on')
    .argument('[options...]')
    .allowUnknownOption()
    .action(async (options: string[]) => finish(await lab(options)))
  lidvae
    .command('run')
    .description('run notebooks headless, with one line per cell')
    .argument('[notebooks...]', 'paths of .ipynb files')
    .option('--all', 'every notebook of the project; of the labs the solutions')
    .option('--size <size>', `${sizes.join(', ')} (LIDVAE_SIZE in the notebook)`)
    .option('--out <folder>', 'where the executed notebooks go', 'out')
    .option('--html', 'also export each as a page')
    .option('--keep-going', 'continue after a cell that fails')
    .option('--timeout <seconds>', 'end the run if one cell takes longer')
    .option('--total-timeout <seconds>', 'end the run if a notebook takes longer')
    .action(async (notebooks: string[], options: RunCommand) => finish(await run(notebooks, options)))
  declareFit(lidvae, async (source, options) => finish(await fit(source, options)))
  lidvae
    .command('audit')
    .description('has the posterior of a model of any framework collapsed? Measures it, and says why')
    .argument('[source]', 'arrays of a posterior: .npz or .safetensors; or give --encoder')
    .option('--encoder <file>', 'ONNX: x to mean and logvar (or sd)')
    .option('--decoder <file>', 'ONNX: z to logits, mean or lograte; of texts z and tokens to logits')
    .option('--data <file>', 'held-out data, any file that lid.data.from reads; texts as .npy of tokens')
    .option('--likelihood <name>', LIKELIHOODS.join(', '))
    .option('--sigma <number>', 'of a Gaussian likelihood, where the decoder does not give it')
    .option('--dispersion <number>', 'of a negative binomial one')
    .option('--pad <token>', 'the token that fills texts up')
    .option(
      '--prior <file>',
      'mean and sd of components (.npz or ONNX), or ONNX: z to log_prob (the standard normal)',
    )
    .option('--prior-draws <file>', 'draws of a prior given by its density, .npy')
    .option('--scale <what>', "the encoder's second output, where its name does not say: logVariance, sd")
    .option(
      '--output <what>',
      "the decoder's output: natural (logits, log-rates), mean (probabilities, rates)",
    )
    .option(
      '--values <kind>',
      'what the data are, where it is not clear: bytes, intensity, binary, count, real',
    )
    .option('--no-binarize', 'give intensities to a Bernoulli likelihood as they are')
    .option('--no-witness', 'do not search for codes with the same likelihood')
    .option('--json <file>', 'write everything that was found as JSON')
    .option('--html <file>', 'write a report: verdict, charts, settings, checksums, versions')
    .option('--fail-on <finding>', `end with exit code 1 if it is found: ${Object.keys(FAILURES).join(', ')}`)
    .option('--samples <number>', 'draws of z per data point (50)')
    .option('--prior-samples <number>', 'draws of the prior per data point (20)')
    .option('--size <number>', 'data points, drawn at random (1000)')
    .option('--seed <number>', 'of all draws (0)')
    .allowExcessArguments(false)
    .action(async (source: string | undefined, options: AuditCommand) => finish(await audit(source, options)))
  lidvae
    .command('table')
    .description("run what is missing of the paper's Table 1 and print it; after an interruption it resumes")
    .addOption(
      new Option(
        '--size <size>',
        'quick (one minute per cell on two cores), local (two minutes to hours), paper (the authors’ sizes)',
      ).default('quick'),
    )
    .option(
      '--data <names>',
      `comma-separated data sets; default all: ${Object.keys(dataSets).join(', ')}`,
      list,
    )
    .option(
      '--method <names>',
      `methods, likewise; default all but the ablations: ${Object.keys(methods).join(', ')}`,
      list,
    )
    .option('--seeds <numbers>', 'seeds, likewise', list)
    .option('--json', 'rows and records as one JSON object')
    .option('--list', 'print these cells as JSON, run nothing')
    .option('--missing', 'print the commands of those without a record, in the order of what they decide')
    .option('--estimate', 'print what these would cost in hours and memory, from a hundred steps of each')
    .option('--again', 'run the cells again, keep the records, and compare')
    .option('--wait', 'where another process trains a cell, wait until it ends')
    .option('--results <folder>', 'where the records are', 'results/table')
    .option('--runs <folder>', 'where checkpoints and models go', 'runs/table')
    .allowExcessArguments(false)
    .action(async (options: TableCommand) => finish(await table(options)))
  lidvae
    .command('labs')
    .description("make the labs' notebooks and the teachers' page from their masters")
    .option('--students <folder>', 'only copy the notebooks with exercises into this folder')
    .allowExcessArguments(false)
    .action((options: LabsCommand) => finish(makeLabs(options)))
  lidvae
    .command('site')
    .description('build labs, tour and playground as a site that runs in the browser')
    .argument('[folder]', 'where the site goes', 'out/site')
    .option('--solutions', "with the labs' solutions")
    .allowExcessArguments(false)
    .action(async (folder: string, options: { solutions?: boolean }) =>
      finish(await site(folder, options.solutions ?? false)),
    )
  lidvae
    .command('rerun')
    .description('repeat a training from its run folder and compare, bit for bit')
    .argument('<folder>', 'what lid.fit wrote (its option run), of a finished training')
    .option('--json', 'as one JSON object')
    .allowExcessArguments(false)
    .action(async (folder: string, options: { json?: boolean }) => finish(await rerun(folder, options)))
  const data = lidvae
    .command('data')
    .description('where the data sets are; fetch and verify them')
    .helpCommand(false)
  data
    .command('list')
    .description('where each data set is')
    .allowExcessArguments(false)
    .action(async () => finish(await dataList()))
  data
    .command('fetch')
    .description('download what is missing or damaged, verified')
    .argument('[name]', 'a data set; default all')
    .allowExcessArguments(false)
    .action(async (name?: string) => finish(await dataFetch(name)))
  data
    .command('verify')
    .description('compare every file with its published size and checksum')
    .argument('[name]', 'a data set; default all')
    .allowExcessArguments(false)
    .action(async (name?: string) => finish(await dataVerify(name)))
  return lidvae
}

/**
 * Runs the command with its arguments; a user's mistake is one line and exit code 1. After a signal the exit
 * code is 128 plus its number.
 */
export async function main(args: string[] = process.argv.slice(2)): Promise<void> {
  endAtSignals()
  try {
    await program((code) => (process.exitCode = code)).parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof LidvaeError)) throw error
    console.error(`lidvae: ${error.message}`)
    process.exitCode = 1
  } finally {
    const code = codeOfEnding()
    if (code !== undefined) process.exit(code)
  }
}

if (require.main === module) void main()
