import { RandomDoubles } from '../../compute/streams'
import { exponential } from './exponential'
import { product } from './product'

/** The clusters of z: four clouds of standard deviation ½ in the plane. */
const CENTRES = [
  [2, 0],
  [-2, 0],
  [0, 2],
  [0, -2],
] as const
const SD = 0.5

/** Number of sentences generated in parallel. */
const ABREAST = 32

/** Sentences, and the cloud of each z. */
export interface Sentences {
  /** Token indices from 0, `[size, length]`, row-major. */
  words: Uint16Array
  /** Cloud of each sentence, from 0. */
  components: Int32Array
}

/**
 * An LSTM with fixed random weights that generates sentences: its initial state and every logit depend on z.
 */
export class LstmWriter {
  /**
   * A token's contribution to the gates, biases included, `[tokens, 4 units]`: input, forget, output,
   * candidate.
   */
  private readonly byWord: Float64Array
  private readonly recurrent: Float64Array
  private readonly first: Float64Array
  /** Output weights of state and z, `[tokens, units + 2]`. */
  private readonly output: Float64Array

  constructor(
    seed: number,
    private readonly vocabulary: number,
    private readonly units: number,
  ) {
    const draw = RandomDoubles.of(seed, 'synthetic text, weights')
    const weights = (count: number, scale: number) =>
      Float64Array.from({ length: count }, () => scale * (2 * draw.uniform() - 1))
    const gates = 4 * units
    const embedding = weights(vocabulary * units, 1)
    const input = weights(gates * units, 0.3)
    this.recurrent = weights(gates * units, 0.3)
    const bias = weights(gates, 0.3)
    this.first = weights(units * 2, 1)
    const ofState = weights(vocabulary * units, 2)
    const ofLatent = weights(vocabulary * 2, 1)
    this.byWord = new Float64Array(vocabulary * gates)
    product(embedding, input, this.byWord, vocabulary, gates, units)
    for (let i = 0; i < this.byWord.length; i++) this.byWord[i] += bias[i % gates]
    this.output = new Float64Array(vocabulary * (units + 2))
    for (let word = 0; word < vocabulary; word++) {
      this.output.set(ofState.subarray(word * units, (word + 1) * units), word * (units + 2))
      this.output.set(ofLatent.subarray(word * 2, word * 2 + 2), word * (units + 2) + units)
    }
  }

  /** Generates `size` sentences of `length` tokens; the first ones do not depend on how many follow. */
  write(size: number, length: number, draw: RandomDoubles): Sentences {
    const words = new Uint16Array(size * length)
    const components = new Int32Array(size)
    const latents = new Float64Array(2 * ABREAST)
    const chances = new Float64Array(ABREAST * length)
    for (let from = 0; from < size; from += ABREAST) {
      const count = Math.min(ABREAST, size - from)
      for (let row = 0; row < count; row++) {
        const component = draw.below(CENTRES.length)
        components[from + row] = component
        for (let d = 0; d < 2; d++) latents[2 * row + d] = CENTRES[component][d] + SD * draw.polarNormal()
        for (let t = 0; t < length; t++) chances[row * length + t] = draw.uniform()
      }
      this.writeAbreast(words.subarray(from * length, (from + count) * length), length, latents, chances)
    }
    return { words, components }
  }

  private writeAbreast(
    words: Uint16Array,
    length: number,
    latents: Float64Array,
    chances: Float64Array,
  ): void {
    const { units, vocabulary } = this
    const wide = units + 2
    const cells = new Float64Array(ABREAST * units)
    const states = new Float64Array(ABREAST * units)
    const stateAndLatent = new Float64Array(ABREAST * wide)
    const gates = new Float64Array(ABREAST * 4 * units)
    const logits = new Float64Array(ABREAST * vocabulary)
    product(latents, this.first, cells, ABREAST, units, 2)
    for (let i = 0; i < cells.length; i++) states[i] = tanh(cells[i])
    for (let row = 0; row < ABREAST; row++)
      stateAndLatent.set(latents.subarray(2 * row, 2 * row + 2), row * wide + units)
    const count = words.length / length
    for (let t = 0; t < length; t++) {
      product(states, this.recurrent, gates, ABREAST, 4 * units, units)
      for (let row = 0; row < count; row++) {
        // Every sentence starts after token 0.
        this.step(row, t === 0 ? 0 : words[row * length + t - 1], gates, cells, states)
        stateAndLatent.set(states.subarray(row * units, (row + 1) * units), row * wide)
      }
      product(stateAndLatent, this.output, logits, ABREAST, vocabulary, wide)
      for (let row = 0; row < count; row++)
        words[row * length + t] = drawWord(
          logits.subarray(row * vocabulary, (row + 1) * vocabulary),
          chances[row * length + t],
        )
    }
  }

  private step(
    row: number,
    word: number,
    gates: Float64Array,
    cells: Float64Array,
    states: Float64Array,
  ): void {
    const { units, byWord } = this
    const at = row * 4 * units
    const of = word * 4 * units
    for (let u = 0; u < units; u++) {
      const input = sigmoid(gates[at + u] + byWord[of + u])
      const forget = sigmoid(gates[at + units + u] + byWord[of + units + u])
      const output = sigmoid(gates[at + 2 * units + u] + byWord[of + 2 * units + u])
      const candidate = tanh(gates[at + 3 * units + u] + byWord[of + 3 * units + u])
      const cell = forget * cells[row * units + u] + input * candidate
      cells[row * units + u] = cell
      states[row * units + u] = output * tanh(cell)
    }
  }
}

const sigmoid = (x: number): number => 1 / (1 + exponential(-x))
/** Equals 1 to the last bit beyond 20, within the domain of `exponential`. */
const tanh = (x: number): number => 1 - 2 / (exponential(2 * Math.max(-20, Math.min(x, 20))) + 1)

/** Samples a token by inversion of the softmax at `chance` in [0, 1); logits are overwritten. */
function drawWord(logits: Float64Array, chance: number): number {
  let total = 0
  for (let word = 0; word < logits.length; word++) {
    total += exponential(logits[word])
    logits[word] = total
  }
  const wanted = chance * total
  let [low, high] = [0, logits.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (logits[middle] > wanted) high = middle
    else low = middle + 1
  }
  return low
}
