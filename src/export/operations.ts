import * as tf from '@tensorflow/tfjs'

/** A node of a graph as `model.json` holds it. */
export interface GraphNode {
  name: string
  op: string
  /** `node` or `node:output`. */
  input: string[]
  attr: Record<string, object>
}

/** Writes operations into a graph. */
export interface Writer {
  /** Adds a node and returns the name of its output. */
  readonly node: (op: string, input: readonly string[], attr?: Record<string, object>) => string
  /** Adds integers, such as axes, as a constant. */
  readonly integers: (values: number | readonly number[]) => string
  /** Adds a number as a constant. */
  readonly number: (value: number) => string
}

/** One call of a kernel of TensorFlow.js. */
export interface KernelCall {
  kernel: string
  attributes: Record<string, unknown>
  /** Names and shapes of its inputs, by the kernel's names for them. */
  inputs: Record<string, { name: string; shape: readonly number[] }>
  /** Shape of its first output, −1 where it depends on the number of rows. */
  shape: readonly number[]
}

/** Writes a kernel and returns the names of its outputs. */
type Written = (call: KernelCall, writer: Writer) => string | string[]

const float = { T: { type: 'DT_FLOAT' } }
const flag = (b: unknown): object => ({ b: Boolean(b) })
const axesOf = (axis: unknown, rank: number): number[] =>
  axis === undefined || axis === null
    ? Array.from({ length: rank }, (_, i) => i)
    : ([axis].flat() as number[])

/** Operations of one tensor that have the same name in a graph. */
const UNARY =
  'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Elu Erf Exp Expm1 Floor Identity Log Log1p Neg Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh Softplus Sqrt Square Tan Tanh'
/** Operations of two tensors, `kernel:operation` where the graph has another name. */
const BINARY =
  'Add:AddV2 Sub Multiply:Mul RealDiv Maximum Minimum Pow SquaredDifference Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr'
const REDUCTIONS = 'Sum Mean Max Min Prod'

const each = (names: string, write: (op: string) => Written): Record<string, Written> =>
  Object.fromEntries(
    names.split(' ').map((name) => {
      const [kernel, op = kernel] = name.split(':')
      return [kernel, write(op)]
    }),
  )

/**
 * An operation that graphs of TensorFlow.js do not have, or whose shape depends on the number of rows in a
 * way that they cannot express.
 */
export class NotWritten extends Error {}

/** Every kernel that can be written into a graph. */
export const OPERATIONS: Readonly<Record<string, Written>> = {
  ...each(
    UNARY,
    (op) =>
      ({ inputs: { x } }, { node }) =>
        node(op, [x.name], float),
  ),
  ...each(
    BINARY,
    (op) =>
      ({ inputs: { a, b } }, { node }) =>
        node(op, [a.name, b.name], float),
  ),
  ...each(REDUCTIONS, (op) => ({ inputs: { x }, attributes }, { node, integers }) => {
    // Max has another name for this attribute.
    const axes = axesOf(attributes.axis ?? attributes.reductionIndices, x.shape.length)
    return node(op, [x.name, integers(axes)], { ...float, keep_dims: flag(attributes.keepDims) })
  }),
  LeakyRelu: ({ inputs: { x }, attributes }, { node }) =>
    node('LeakyRelu', [x.name], { ...float, alpha: { f: attributes.alpha } }),
  Prelu: ({ inputs: { x, alpha } }, { node }) => node('Prelu', [x.name, alpha.name], float),
  // Graphs do not have it: 1 above zero, α elsewhere.
  Step: ({ inputs: { x }, attributes }, { node, number }) =>
    node(
      'SelectV2',
      [node('Greater', [x.name, number(0)], float), number(1), number(attributes.alpha as number)],
      float,
    ),
  Select: ({ inputs: { condition, t, e } }, { node }) =>
    node('SelectV2', [condition.name, t.name, e.name], float),
  ClipByValue: ({ inputs: { x }, attributes }, { node, number }) =>
    node(
      'ClipByValue',
      [x.name, number(attributes.clipValueMin as number), number(attributes.clipValueMax as number)],
      float,
    ),
  AddN: ({ inputs }, { node }) =>
    node(
      'AddN',
      Object.values(inputs).map(({ name }) => name),
      float,
    ),
  BatchMatMul: ({ inputs: { a, b }, attributes }, { node }) =>
    node('BatchMatMulV2', [a.name, b.name], {
      ...float,
      adj_x: flag(attributes.transposeA),
      adj_y: flag(attributes.transposeB),
    }),
  // tfjs runs it along the last axis only, as graphs do.
  Softmax: ({ inputs: { logits } }, { node }) => node('Softmax', [logits.name], float),
  Cast: ({ inputs: { x }, attributes: { dtype } }, { node }) => {
    const DstT = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' }[dtype as string]
    if (!DstT) throw new NotWritten(`Cast to ${String(dtype)}`)
    return node('Cast', [x.name], { DstT: { type: DstT } })
  },
  // The shape of the output, in which a −1 of the attribute is resolved.
  Reshape: ({ inputs: { x }, shape }, { node, integers }) =>
    node('Reshape', [x.name, integers(shape)], float),
  ExpandDims: ({ inputs: { input }, attributes }, { node, integers }) =>
    node('ExpandDims', [input.name, integers(attributes.dim as number)], float),
  Concat: ({ inputs, attributes }, { node, integers }) => {
    const names = Object.values(inputs).map(({ name }) => name)
    return node('ConcatV2', [...names, integers(attributes.axis as number)], {
      ...float,
      N: { i: String(names.length) },
    })
  },
  Pack: ({ inputs, attributes }, { node }) => {
    const names = Object.values(inputs).map(({ name }) => name)
    return node('Pack', names, {
      ...float,
      N: { i: String(names.length) },
      axis: { i: String(attributes.axis) },
    })
  },
  Slice: ({ inputs: { x }, attributes: { begin }, shape }, { node, integers }) =>
    node('Slice', [x.name, integers(begin as number[]), integers(shape)], float),
  SplitV: ({ inputs: { x }, attributes }, { node, integers }) => {
    const axis = tf.util.parseAxisParam(attributes.axis as number, [...x.shape])[0]
    const given = attributes.numOrSizeSplits as number | number[]
    const sizes = typeof given === 'number' ? Array<number>(given).fill(x.shape[axis] / given) : given
    const name = node('SplitV', [x.name, integers(sizes), integers(axis)], {
      ...float,
      num_split: { i: String(sizes.length) },
    })
    return sizes.map((_, i) => `${name}:${i}`)
  },
  Tile: ({ inputs: { x }, attributes }, { node, integers }) =>
    node('Tile', [x.name, integers(attributes.reps as number[])], float),
  Transpose: ({ inputs: { x }, attributes }, { node, integers }) =>
    node('Transpose', [x.name, integers(attributes.perm as number[])], float),
  GatherV2: ({ inputs: { x, indices }, attributes: { axis, batchDims } }, { node, integers }) =>
    node('GatherV2', [x.name, indices.name, integers(axis as number)], {
      ...float,
      batch_dims: { i: String((batchDims as number) ?? 0) },
    }),
}
