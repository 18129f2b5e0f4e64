import type { TextSet } from '../../data/text/textSet'
import { EvaluationStep } from '../../compute/step'
import { RandomDoubles } from '../../compute/streams'
import { ArgumentError, requireInteger, requirePositive } from '../../base/errors'
import { type OptionDefaults, requireOptions, resolveOptions } from '../../base/options'
import { Work } from '../../platform/cancellation'
import { requireCodes } from '../codes'
import type { Model } from '../model'
import { requireModel } from '../requireModel'

/** How tokens are chosen: the most likely each time, the most likely text by beam search, or random draws. */
export type Decoding =
  | 'greedy'
  | {
      /** Beam width: how many of the most likely texts are kept at each token. */
      beam: number
    }
  | {
      /** Tokens are drawn from softmax(logits / temperature); 1 is the model's own distribution. */
      temperature: number
      /** Seed of the draws; 0 by default. */
      seed?: number
    }

/** Options of `write`. */
export interface WriteOptions {
  /** `'greedy'` by default; `{ beam: 5 }` or `{ temperature: 1, seed: 0 }`. */
  decoding?: Decoding
  /** Maximum number of tokens per text; 60 by default. */
  length?: number
}

/** Their defaults. */
export const WRITE_OPTIONS = { decoding: 'greedy', length: 60 } satisfies OptionDefaults<WriteOptions>

/** A partial text: its tokens, its log-probability, and the row of its state in the last step. */
interface Begun {
  ids: number[]
  log: number
  row: number
  ended: boolean
}

const END = 1

/**
 * Writes a text for each code, token by token, until `</s>`.
 *
 * @param model a model of texts.
 * @param z codes, `[count, latent]` in one array of any numbers; computed with as float32.
 * @param options `{ decoding = 'greedy', length = 60 }`.
 * @returns the texts, tokens separated by spaces.
 * @throws ArgumentError for a model of rows of numbers, codes of another dimension or that are no finite
 *   numbers, or an invalid option.
 * @example
 * const { vocabulary } = lid.data.syntheticText({ tokens: 200 })
 * const texts = lid.svae({ vocabulary, latent: 3, hidden: 24, embedding: 24 })
 * const [text] = await lid.texts.write(texts, new Float32Array(3), { decoding: { beam: 5 } })
 */
export async function write(
  model: Model<TextSet>,
  z: ArrayLike<number>,
  options: WriteOptions = {},
): Promise<string[]> {
  const { decoding, length } = resolveOptions('texts.write', options, WRITE_OPTIONS)
  requireModel(model)
  const { vocabulary } = model.texts
  requireInteger('length', length)
  const codes = requireCodes(z, model.latent)
  const count = codes.length / model.latent
  const { beam = 1, temperature, seed } = partsOf(decoding)
  requireInteger('beam', beam)
  const choose = temperature === undefined ? likeliest(beam) : drawn(temperature, seed)
  const work = new Work('texts.write')
  const writer = new Writer(model, codes, beam)
  try {
    let texts = Array.from({ length: count }, (_, i): Begun[] => [
      { ids: [0], log: 0, row: i * beam, ended: false },
    ])
    for (let t = 0; t < length && texts.some((some) => some.some(({ ended }) => !ended)); t++) {
      await work.pause()
      const logs = writer.next(texts)
      texts = texts.map((some, i) => choose(some, logs, i * beam))
    }
    return texts.map(([best]) => vocabulary.decode(best.ids))
  } finally {
    writer.dispose()
    work.end()
  }
}

/**
 * The tokens that continue a text and their log-probabilities, all texts in one call of the engine, `beam`
 * rows per code.
 */
class Writer {
  private readonly step: EvaluationStep<'logits' | 'h' | 'c'>
  private readonly codes: Float32Array
  private readonly rows: number
  private state: { h: Float32Array; c: Float32Array; hidden: number }

  constructor(
    private readonly model: Model<TextSet>,
    z: Float32Array,
    private readonly beam: number,
  ) {
    const { latent, texts } = model
    this.rows = (z.length / latent) * beam
    this.codes = new Float32Array(this.rows * latent)
    for (let row = 0; row < this.rows; row++)
      this.codes.set(
        z.subarray(Math.floor(row / beam) * latent, (Math.floor(row / beam) + 1) * latent),
        row * latent,
      )
    const begin = new EvaluationStep(({ codes }) => ({ ...texts.begin(codes) }))
    const first = begin.run({ codes: { values: this.codes, shape: [this.rows, latent] } }, [0, 0])
    begin.dispose()
    this.state = { h: first.h.values, c: first.c.values, hidden: first.h.shape[1] }
    this.step = new EvaluationStep(({ ids, h, c, codes }) => {
      const { logits, state } = texts.next(ids, { h, c }, codes)
      return { logits, ...state }
    })
  }

  /**
   * log p of every next token, one row per text; `[rows]` of `[tokens]`. Texts get new rows, those of one
   * code in sequence.
   */
  next(texts: readonly Begun[][]): Float64Array[] {
    const { rows, beam, model, state } = this
    const ids = new Int32Array(rows)
    const moved = { h: new Float32Array(state.h.length), c: new Float32Array(state.c.length) }
    texts.forEach((some, i) =>
      some.forEach((text, k) => {
        const row = i * beam + k
        ids[row] = text.ids[text.ids.length - 1]
        for (const name of ['h', 'c'] as const)
          moved[name].set(
            state[name].subarray(text.row * state.hidden, (text.row + 1) * state.hidden),
            row * state.hidden,
          )
        text.row = row
      }),
    )
    const wide = { shape: [rows, state.hidden] }
    const out = this.step.run(
      {
        ids: { values: ids, shape: [rows] },
        h: { values: moved.h, ...wide },
        c: { values: moved.c, ...wide },
        codes: { values: this.codes, shape: [rows, model.latent] },
      },
      [0, 0],
    )
    this.state = { h: out.h.values, c: out.c.values, hidden: state.hidden }
    const tokens = out.logits.shape[1]
    return Array.from({ length: rows }, (_, row) =>
      logSoftmax(out.logits.values.subarray(row * tokens, (row + 1) * tokens)),
    )
  }

  dispose(): void {
    this.step.dispose()
  }
}

type Choose = (some: Begun[], logs: readonly Float64Array[], first: number) => Begun[]

/**
 * The `beam` most likely continuations; a text that has ended stays unchanged. Output w is token w + 1, since
 * `<s>` never follows.
 */
const likeliest =
  (beam: number): Choose =>
  (some, logs) =>
    some
      .flatMap((text): Begun[] => {
        if (text.ended) return [text]
        const of = logs[text.row]
        const order = Array.from(of.keys()).sort((a, b) => of[b] - of[a])
        return order.slice(0, beam).map((w) => goOn(text, w, of[w]))
      })
      .sort((a, b) => b.log - a.log)
      .slice(0, beam)

interface DecodingParts {
  beam?: number
  temperature?: number
  seed?: number
}

/** What a decoding consists of; throws for an invalid one: a misspelt one would be greedy. */
function partsOf(decoding: Decoding): DecodingParts {
  if (decoding === 'greedy') return {}
  const given = decoding as DecodingParts | null
  if (typeof given === 'object' && given !== null) {
    requireOptions('decoding', given, { beam: true, temperature: true, seed: true })
    if ((given.beam === undefined) !== (given.temperature === undefined)) return given
  }
  throw new ArgumentError(
    'decoding',
    decoding,
    "'greedy', { beam } or { temperature }",
    'Write, say, decoding: { beam: 5 }.',
  )
}

/** A token drawn from softmax(log p / temperature). */
function drawn(temperature: number, seed = 0): Choose {
  requirePositive('temperature', temperature)
  requireInteger('seed', seed, 0)
  const draws = RandomDoubles.of(seed, 'words')
  return ([text], logs) => {
    if (text.ended) return [text]
    const of = logs[text.row]
    const shares = logSoftmax(of.map((log) => log / temperature)).map(Math.exp)
    let left = draws.uniform()
    let w = 0
    while (w < shares.length - 1 && left >= shares[w]) left -= shares[w++]
    return [goOn(text, w, of[w])]
  }
}

const goOn = (text: Begun, w: number, log: number): Begun => ({
  ids: [...text.ids, w + 1],
  log: text.log + log,
  row: text.row,
  ended: w + 1 === END,
})

function logSoftmax(logits: ArrayLike<number>): Float64Array {
  let most = -Infinity
  for (let i = 0; i < logits.length; i++) most = Math.max(most, logits[i])
  let sum = 0
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - most)
  return Float64Array.from(logits, (logit) => logit - most - Math.log(sum))
}
