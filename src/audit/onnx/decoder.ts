import { DataError } from '../../base/errors'
import { openOnnx, type OnnxModel, type OnnxValue } from '../../platform/onnxRuntime'
import { deviations } from '../arrays'
import { asOption } from '../asOption'
import type { AuditLikelihood, Decoded } from '../likelihood'
import { ARRAY_NAMES, plainName } from '../names'
import {
  finiteNumbers,
  listOf,
  notUsed,
  pick,
  requireDynamicBatch,
  requireNoOthers,
  requireSameAgain,
  requireSameAxes,
  runBatch,
  tensorFor,
} from './values'

/** What a decoder's output is: the natural parameter (logits, log-rates), or the mean (probabilities, rates). */
export type AuditOutput = 'natural' | 'mean'

const Z_NAMES = ['z', 'latent', 'latents', 'code', 'codes', 'input']
const TOKEN_NAMES = ['tokens', 'inputids', 'text', 'x', 'ids', 'targets']
const NATURAL_NAMES = ['logits', 'logit', 'eta', 'lograte', 'lograwrate', 'logmean', 'natural']
const MEAN_NAMES = [
  'probs',
  'probabilities',
  'probability',
  'p',
  'rate',
  'rates',
  'mean',
  'mu',
  'loc',
  'recon',
  'reconstruction',
  'xhat',
  'output',
  'out',
  'x',
]
/** Floats of one call. */
const MOST = 4_000_000

/** Decoders of any framework, run in batches; it counts the codes that it decoded. */
export class OnnxDecoder {
  decodings = 0

  private constructor(
    private readonly model: OnnxModel,
    private readonly z: OnnxValue,
    private readonly tokens: OnnxValue | undefined,
    private readonly outputs: readonly string[],
    private readonly likelihood: AuditLikelihood,
    private kind: AuditOutput | undefined,
    /** True where the output's name says that it is the natural parameter. */
    private readonly isNatural: boolean,
    private readonly scale: 'sd' | 'logVariance' | undefined,
    /** Numbers of x, of texts their length. */
    private readonly dim: number,
    private readonly shape: readonly number[],
  ) {}

  /** Opens a decoder. */
  static async open(
    file: string,
    likelihood: AuditLikelihood,
    {
      output,
      dim,
      latent,
      shape = [dim],
    }: { output?: AuditOutput; dim: number; latent: number; shape?: readonly number[] },
  ): Promise<OnnxDecoder> {
    const model = await openOnnx(file)
    try {
      const isText = likelihood.name === 'categorical'
      const tokens = isText
        ? model.inputs.find(({ name }) => TOKEN_NAMES.includes(plainName(name)))
        : undefined
      if (isText && !tokens)
        throw new DataError(
          `${file}: has no input of tokens, only ${listOf(model.inputs)}. Export it with input_names=['z', 'tokens'].`,
        )
      const z = pick(
        model,
        model.inputs.filter((one) => one !== tokens),
        Z_NAMES,
        'z',
      )
      if (!z)
        throw new DataError(
          `${file}: which input is z, of ${listOf(model.inputs)}? Export it with input_names=['z'], all of its units in one input (torch.cat).`,
        )
      requireNoOthers(model, [z.name, ...(tokens ? [tokens.name] : [])], 'the decoder')
      requireDynamicBatch(model, z)
      if (tokens) requireDynamicBatch(model, tokens)
      const width = z.shape.slice(1)
      if (width.length === 1 && typeof width[0] === 'number' && width[0] > 0 && width[0] !== latent)
        throw new DataError(
          `${file}: input ${z.name} takes ${width[0]} units, the encoder gives ${latent}. Give the two of one model.`,
        )
      const { names, kind, isNatural, scale } = outputsOf(model, likelihood)
      const known = output ?? kind
      return new OnnxDecoder(model, z, tokens, names, likelihood, known, isNatural, scale, dim, shape)
    } catch (error) {
      await model.release()
      throw error
    }
  }

  /**
   * Parameters of p(x|z) of codes, in batches, each handed on before the next is decoded.
   *
   * @param z codes, `[count, latent]`.
   * @param use takes each batch: its parameters, and which code is its first.
   * @param texts the tokens of each code, `[count, length]`.
   */
  async decode(
    z: Float32Array,
    latent: number,
    use: (of: Decoded, first: number, count: number) => void,
    texts?: Float32Array,
    between?: () => Promise<void>,
  ): Promise<void> {
    const { model, dim } = this
    const total = z.length / latent
    let most = Math.max(1, Math.floor(MOST / (dim * (texts ? 2000 : 1))))
    for (let start = 0; start < total;) {
      await between?.()
      const count = Math.min(most, total - start)
      const feeds = {
        [this.z.name]: tensorFor(
          this.z,
          z.slice(start * latent, (start + count) * latent),
          [count, latent],
          model.file,
        ),
        ...(this.tokens && {
          [this.tokens.name]: tensorFor(
            this.tokens,
            texts!.slice(start * dim, (start + count) * dim),
            [count, dim],
            model.file,
          ),
        }),
      }
      const found = await runBatch(model, feeds, this.outputs)
      if (this.decodings === 0) await requireSameAgain(model, feeds, this.outputs, found)
      const [eta, second] = found.map((tensor, i) => finiteNumbers(model, this.outputs[i], tensor, start))
      const of = this.decoded(eta, second, count, found[0].dims)
      this.decodings += count
      use(of, start, count)
      start += count
      if (texts) most = Math.max(1, Math.floor(MOST / of.width))
    }
  }

  /** One line for each output that was not used. */
  get notes(): readonly string[] {
    return notUsed(
      this.model,
      this.model.outputs.filter(({ name }) => !this.outputs.includes(name)),
    )
  }

  /** Frees the model. */
  release(): Promise<void> {
    return this.model.release()
  }

  private decoded(
    given: Float32Array,
    second: Float32Array | undefined,
    count: number,
    dims: readonly number[],
  ): Decoded {
    const { likelihood, dim, model } = this
    const { file } = model
    const width = given.length / count
    const name = this.outputs[0]
    if (likelihood.name === 'categorical') {
      const words = dims[dims.length - 1]
      const steps = width / words
      if (dims.length !== 3 || (steps !== dim && steps !== dim - 1))
        throw new DataError(
          `${file}: output ${name} has the shape [${dims.join(', ')}] for texts of ${dim} tokens; it must be [batch, ${dim} or ${dim - 1}, words]. Export logits with the batch first.`,
        )
      return { eta: given, width, words, tokens: dim }
    }
    if (width !== dim)
      throw new DataError(
        `${file}: output ${name} has ${width} numbers a row, the data ${dim}. Export the parameter of each number of x: logits, mean or log-rate.`,
      )
    requireSameAxes(`${file}: output ${name}`, dims.slice(1), this.shape)
    this.kind ??= this.guessed(given)
    const { ofMean } = likelihood
    const eta = this.kind === 'mean' && ofMean ? given.map(ofMean) : given
    if (second === undefined) return { eta, width }
    const array = { shape: dims, values: second }
    const sd = deviations(
      `${file}: output ${this.outputs[1]}`,
      this.scale === 'sd' ? array : undefined,
      this.scale === 'sd' ? undefined : array,
    )
    return { eta, width, sd: sd.values }
  }

  /** Logits are not all between 0 and 1, whatever they are called, nor do log-rates without such a name lack signs. */
  private guessed(values: Float32Array): AuditOutput {
    const { name } = this.likelihood
    const { file } = this.model
    const [output] = this.outputs
    if (name === 'bernoulli' && values.every((value) => value >= 0 && value <= 1))
      throw new DataError(
        `${file}: output ${output} lies between 0 and 1: are these probabilities, not logits? Export without the sigmoid, or say ${asOption('output', 'mean')}, or \`output: 'natural'\` if they are logits.`,
      )
    const isCount = name === 'poisson' || name === 'negativeBinomial'
    if (isCount && !this.isNatural && values.every((value) => value >= 0))
      throw new DataError(
        `${file}: output ${output} is nowhere negative: are these rates, or their logarithms? Say ${asOption('output', 'mean')} for rates, \`output: 'natural'\` for logarithms.`,
      )
    return 'natural'
  }
}

/** The parameter and, of a Gaussian likelihood, perhaps a scale of each feature; further outputs are left out. */
function outputsOf(
  model: OnnxModel,
  { name, sigma }: AuditLikelihood,
): { names: string[]; kind?: AuditOutput; isNatural: boolean; scale?: 'sd' | 'logVariance' } {
  const { outputs, file } = model
  const byName = (names: readonly string[]) => outputs.filter((one) => names.includes(plainName(one.name)))
  const natural = byName(NATURAL_NAMES)
  const mean = byName(MEAN_NAMES)
  const chosen = natural[0] ?? mean[0] ?? (outputs.length === 1 ? outputs[0] : undefined)
  if (!chosen || (natural.length === 0 && mean.length > 1))
    throw new DataError(
      `${file}: which output has the parameters of p(x|z), of ${listOf(outputs)}? Export it with output_names=['logits'].`,
    )
  const names = [chosen.name]
  if (name === 'gaussian' && sigma === undefined) {
    const [logVariance] = byName([...ARRAY_NAMES.logVariance, 'xlogvar'])
    const [sd] = byName([...ARRAY_NAMES.sd, 'xsd', 'xscale'])
    const second = logVariance ?? sd
    if (!second)
      throw new DataError(
        `${file}: has no output of σ, only ${listOf(outputs)}. Say ${asOption('sigma', 0.1)} for a fixed one, or export sd or logvar.`,
      )
    const scale = logVariance ? 'logVariance' : 'sd'
    return { names: [...names, second.name], kind: 'natural', isNatural: true, scale }
  }
  const certain = ['probs', 'probabilities', 'probability', 'rate', 'rates']
  const plain = plainName(chosen.name)
  // Of a name like logits too it is seen from the numbers whether a sigmoid was left in.
  const kind = name === 'gaussian' ? 'natural' : certain.includes(plain) ? 'mean' : undefined
  return { names, isNatural: natural.length > 0, ...(kind && { kind }) }
}
