import * as tf from '@tensorflow/tfjs'
import { ArgumentError, unquoted } from '../base/errors'
import { NotWritten, OPERATIONS, type GraphNode, type Writer } from './operations'
import { recordCalls, type Origin, type Recorded, type RecordedCall } from './record'

/** A graph model of TensorFlow.js: what its `model.json` and `weights.bin` hold. */
export interface GraphModelFiles {
  topology: { node: GraphNode[]; versions: { producer: number } }
  signature: object
  weights: { name: string; shape: number[]; dtype: 'float32' | 'int32' | 'bool' }[]
  data: Buffer
}

type Numbers = Extract<Origin, { values: unknown }>

const PRODUCER = 1087
const DTYPES = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' } as const
const shapeAttribute = (shape: readonly number[]): object => ({
  dim: shape.map((size) => ({ size: String(size) })),
})

/**
 * A function of rows as a graph of TensorFlow.js, for any number of rows: it runs on one row and on two
 * others, and what differs between the two runs must be the number of rows; anything else is refused.
 *
 * @param f from `[rows, from]` to `[rows, to]`, made of operations of TensorFlow.js.
 * @param widths of a row before and after.
 * @param names of the input and the output.
 * @throws ArgumentError if an operation cannot be written into a graph; it names the operation.
 */
export function graphModelOf(
  f: (rows: tf.Tensor) => tf.Tensor,
  { from, to }: { from: number; to: number },
  names: { input: string; output: string },
): GraphModelFiles {
  const [one, two] = [1, 2].map((rows) => {
    // Different numbers in each run reveal what was read from them in JavaScript.
    const values = Float32Array.from({ length: rows * from }, (_, i) => Math.sin(i + rows * 1.7))
    const input = tf.tensor2d(values, [rows, from])
    try {
      return recordCalls(f, input)
    } finally {
      input.dispose()
    }
  })
  try {
    return new GraphWriter(names).write(one, two, { from, to })
  } catch (error) {
    if (!(error instanceof NotWritten)) throw error
    throw new ArgumentError(
      'model.decoder',
      unquoted(error.message),
      'made of operations that a graph model of TensorFlow.js has, for any number of rows',
      'Write that part with others: sums, products, tf.matMul, tf.reshape, tf.concat, activations.',
    )
  }
}

/** Two runs, on one row and on two, written as one graph. */
class GraphWriter implements Writer {
  private readonly nodes: GraphNode[] = []
  private readonly weights: GraphModelFiles['weights'] = []
  private readonly data: Uint8Array[] = []
  private readonly constants = new Map<Numbers, string>()
  /** Names of the outputs of each call. */
  private readonly outputs: string[][] = []

  constructor(private readonly names: { input: string; output: string }) {}

  write(one: Recorded, two: Recorded, { from, to }: { from: number; to: number }): GraphModelFiles {
    const { input, output } = this.names
    const inputShape = [-1, from]
    const dtype = { type: DTYPES.float32 }
    this.nodes.push({
      name: input,
      op: 'Placeholder',
      input: [],
      attr: { dtype, shape: { shape: shapeAttribute(inputShape) } },
    })
    if (one.calls.length !== two.calls.length)
      throw new NotWritten('other operations for two rows than for one')
    for (const [i, call] of one.calls.entries()) this.outputs.push(this.call(call, two.calls[i]))
    const result = this.origin(one.result, two.result)
    this.nodes.push({ name: output, op: 'Identity', input: [result], attr: { T: dtype } })
    const of = (name: string, shape: number[]) => ({
      [name]: { name: `${name}:0`, dtype: DTYPES.float32, tensorShape: shapeAttribute(shape) },
    })
    return {
      topology: { node: this.nodes, versions: { producer: PRODUCER } },
      signature: { inputs: of(input, inputShape), outputs: of(output, [-1, to]) },
      weights: this.weights,
      data: Buffer.concat(this.data),
    }
  }

  private call(one: RecordedCall, two: RecordedCall): string[] {
    const { kernel } = one
    const writing = OPERATIONS[kernel]
    if (kernel !== two.kernel) throw new NotWritten(`${two.kernel} for two rows where one has ${kernel}`)
    if (!writing) throw new NotWritten(kernel)
    const shape = grown(kernel, one.shape, two.shape)
    const resolved = kernel === 'Reshape' ? ['shape'] : kernel === 'Slice' ? ['size'] : []
    for (const name of Object.keys(one.attributes))
      if (!resolved.includes(name) && !same(one.attributes[name], two.attributes[name]))
        throw new NotWritten(`${kernel} with a ${name} that depends on the number of rows`)
    const inputs = Object.fromEntries(
      Object.entries(one.inputs).map(([name, { origin, shape: each }]) => [
        name,
        { name: this.origin(origin, two.inputs[name].origin), shape: each },
      ]),
    )
    return [writing({ kernel, attributes: one.attributes, inputs, shape }, this)].flat()
  }

  /** The name of what comes from the same place in both runs. */
  private origin(one: Origin, two: Origin): string {
    if (one === 'input' && two === 'input') return this.names.input
    if (one !== 'input' && two !== 'input') {
      if ('call' in one && 'call' in two && same(one, two)) return this.outputs[one.call][one.output]
      if ('values' in one && 'values' in two) return this.numbers(one, two)
    }
    throw new NotWritten('other operations for two rows than for one')
  }

  /** Numbers from outside: weights, or a row that is the same for each row of the input. */
  private numbers(one: Numbers, two: Numbers): string {
    const known = this.constants.get(one)
    if (known !== undefined) return known
    if (same(one.shape, two.shape) && same(one.values, two.values)) {
      const name = this.constant(one)
      this.constants.set(one, name)
      return name
    }
    const repeated = [...one.values, ...one.values]
    const [first, ...rest] = one.shape
    if (first !== 1 || !same([2, ...rest], two.shape) || !same(repeated, [...two.values]))
      throw new NotWritten('numbers that depend on the codes or on how many there are')
    // 0 · Σ z has the same number of rows.
    const zeros = this.node('Mul', [
      this.node('Sum', [this.names.input, this.integers(1)], { keep_dims: { b: true } }),
      this.number(0),
    ])
    const column = this.node('Reshape', [zeros, this.integers([-1, ...rest.map(() => 1)])])
    return this.node('AddV2', [column, this.constant(one)])
  }

  readonly node: Writer['node'] = (op, input, attr = {}) => {
    const name = `n${this.nodes.length}`
    this.nodes.push({ name, op, input: [...input], attr: { T: { type: DTYPES.float32 }, ...attr } })
    return name
  }

  readonly integers: Writer['integers'] = (values) => {
    const shape = typeof values === 'number' ? [] : [values.length]
    return this.constant({ values: Int32Array.from([values].flat()), shape, dtype: 'int32' })
  }

  readonly number: Writer['number'] = (value) =>
    this.constant({ values: Float32Array.of(value), shape: [], dtype: 'float32' })

  private constant({ values, shape, dtype }: Numbers): string {
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
      throw new NotWritten(`numbers of kind ${dtype}`)
    const name = `c${this.nodes.length}`
    const { buffer, byteOffset, byteLength } = values
    this.nodes.push({
      name,
      op: 'Const',
      input: [],
      attr: {
        dtype: { type: DTYPES[dtype] },
        value: { tensor: { dtype: DTYPES[dtype], tensorShape: shapeAttribute(shape) } },
      },
    })
    this.weights.push({ name, shape, dtype })
    this.data.push(new Uint8Array(buffer, byteOffset, byteLength).slice())
    return name
  }
}

/** The shape of a kernel's output, with −1 where it is larger for two rows than for one. */
function grown(kernel: string, one: readonly number[], two: readonly number[]): number[] {
  const shape = one.map((size, i) => (size === two[i] ? size : -1))
  if (one.length !== two.length || shape.filter((size) => size === -1).length > 1)
    throw new NotWritten(`${kernel} that grows with the rows in two directions`)
  return shape
}

function same(a: unknown, b: unknown): boolean {
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return Buffer.compare(bytes(a), bytes(b)) === 0
  return JSON.stringify(a) === JSON.stringify(b)
}

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
