import type { GraphModelFiles } from '../graphModel'
import type { GraphNode } from '../operations'
import { NotWritten } from '../operations'
import type { OnnxAttribute, OnnxInitializer, OnnxNode } from './proto'

/** Nodes and numbers of an ONNX graph. */
export interface OnnxGraph {
  nodes: OnnxNode[]
  initializers: OnnxInitializer[]
}

/** Operations with the same meaning and one or two inputs; where the name differs, `operation:ONNX`. */
const SAME =
  'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Exp Floor Identity Log Neg Reciprocal Relu Round Sigmoid Sign Sin Sinh Softplus Sqrt Tan Tanh ' +
  'AddV2:Add Sub Mul RealDiv:Div Maximum:Max Minimum:Min Pow Equal Greater GreaterEqual:GreaterOrEqual Less LessEqual:LessOrEqual LogicalAnd:And LogicalOr:Or ' +
  'SelectV2:Where AddN:Sum Prelu:PRelu'

const NAMES = new Map(
  SAME.split(' ')
    .map((pair) => pair.split(':'))
    .map(([from, to = from]) => [from, to]),
)
const REDUCTIONS: Readonly<Record<string, string>> = {
  Mean: 'ReduceMean',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
}

/** A graph of TensorFlow.js, which holds what TensorFlow.js ran, in the operations of ONNX 17. */
export function onnxOf({ topology, weights, data }: GraphModelFiles): OnnxGraph {
  return new Converter(weights, data).convert(topology.node)
}

class Converter {
  private readonly nodes: OnnxNode[] = []
  private readonly initializers: OnnxInitializer[] = []
  private readonly integersOf = new Map<string, readonly number[]>()

  constructor(
    private readonly weights: GraphModelFiles['weights'],
    private readonly data: Buffer,
  ) {}

  convert(nodes: readonly GraphNode[]): OnnxGraph {
    this.readWeights()
    for (const node of nodes) if (node.op !== 'Placeholder' && node.op !== 'Const') this.write(node)
    return { nodes: this.nodes, initializers: this.initializers }
  }

  private readWeights(): void {
    let at = 0
    for (const { name, shape, dtype } of this.weights) {
      const count = shape.reduce((a, b) => a * b, 1)
      const bytes = Uint8Array.from(this.data.subarray(at, at + (dtype === 'bool' ? 1 : 4) * count))
      at += bytes.length
      if (dtype === 'int32') {
        const values = Array.from(new Int32Array(bytes.buffer))
        this.integersOf.set(name, values)
        this.initializers.push({ name, dims: shape, data: BigInt64Array.from(values, BigInt) })
      } else
        this.initializers.push({
          name,
          dims: shape,
          data: dtype === 'bool' ? bytes : new Float32Array(bytes.buffer),
        })
    }
  }

  private write(node: GraphNode): void {
    const { name, op, attr } = node
    const inputs = node.input.map((input) => input.replace(/:0$/, ''))
    const add = (
      opType: string,
      from: readonly string[] = inputs,
      attributes?: Record<string, OnnxAttribute>,
      out = name,
    ): string => {
      this.nodes.push({ op: opType, inputs: from, outputs: [out], ...(attributes && { attributes }) })
      return out
    }
    const bit = (key: string): boolean => (attr[key] as { b?: boolean } | undefined)?.b ?? false
    const real = (key: string): number => (attr[key] as { f: number }).f
    const integer = (key: string): number => Number((attr[key] as { i: string }).i)
    const constants = (at: number): readonly number[] => this.integersOf.get(inputs[at])!
    const same = NAMES.get(op)
    if (same !== undefined) return void add(same)
    const number = (value: number): string => this.number(value)
    switch (op) {
      case 'Sum':
        return void add('ReduceSum', inputs, { keepdims: +bit('keep_dims') })
      case 'Mean':
      case 'Max':
      case 'Min':
      case 'Prod':
        return void add(REDUCTIONS[op], [inputs[0]], { axes: constants(1), keepdims: +bit('keep_dims') })
      case 'Square':
        return void add('Mul', [inputs[0], inputs[0]])
      case 'SquaredDifference': {
        const difference = add('Sub', inputs, undefined, `${name}_d`)
        return void add('Mul', [difference, difference])
      }
      case 'Rsqrt':
        return void add('Reciprocal', [add('Sqrt', inputs, undefined, `${name}_s`)])
      case 'Log1p':
        return void add('Log', [add('Add', [inputs[0], number(1)], undefined, `${name}_1`)])
      case 'Expm1':
        return void add('Sub', [add('Exp', inputs, undefined, `${name}_e`), number(1)])
      case 'NotEqual':
        return void add('Not', [add('Equal', inputs, undefined, `${name}_e`)])
      case 'Elu':
      case 'Selu':
        return void add(op)
      case 'Relu6':
        return void add('Clip', [inputs[0], number(0), number(6)])
      case 'ClipByValue':
        return void add('Clip', inputs)
      case 'LeakyRelu':
        return void add('LeakyRelu', inputs, { alpha: { f: real('alpha') } })
      case 'Softmax':
        return void add('Softmax', inputs, { axis: -1 })
      case 'BatchMatMulV2': {
        const [left, right] = [bit('adj_x'), bit('adj_y')]
        if (!left && !right) return void add('MatMul')
        // Of any number of axes: the last two of a transposed factor are exchanged.
        return void add('Einsum', inputs, {
          equation: `...${left ? 'ji' : 'ij'},...${right ? 'kj' : 'jk'}->...ik`,
        })
      }
      case 'Cast': {
        const to = { DT_FLOAT: 1, DT_INT32: 7, DT_BOOL: 9 }[(attr.DstT as { type: string }).type]
        return void add('Cast', inputs, { to: to! })
      }
      case 'Reshape':
        return void add('Reshape')
      case 'ExpandDims':
        return void add('Unsqueeze', [inputs[0], this.integers(constants(1))])
      case 'ConcatV2':
        return void add('Concat', inputs.slice(0, -1), { axis: constants(inputs.length - 1)[0] })
      case 'Pack': {
        const axis = integer('axis')
        const parts = inputs.map((input, i) =>
          add('Unsqueeze', [input, this.integers([axis])], undefined, `${name}_${i}`),
        )
        return void add('Concat', parts, { axis })
      }
      case 'Slice': {
        const [begin, size] = [constants(1), constants(2)]
        const end = begin.map((start, axis) => (size[axis] === -1 ? 2 ** 31 : start + size[axis]))
        return void add('Slice', [inputs[0], this.integers(begin), this.integers(end)])
      }
      case 'SplitV': {
        const sizes = constants(1)
        const outputs = sizes.map((_, i) => (i === 0 ? name : `${name}:${i}`))
        this.nodes.push({
          op: 'Split',
          inputs: [inputs[0], inputs[1]],
          outputs,
          attributes: { axis: constants(2)[0] },
        })
        return undefined
      }
      case 'Tile':
        return void add('Tile')
      case 'Transpose':
        return void add('Transpose', [inputs[0]], { perm: constants(1) })
      case 'GatherV2':
        if (integer0(attr.batch_dims)) throw new NotWritten('GatherV2 with batches')
        return void add('Gather', [inputs[0], inputs[1]], { axis: constants(2)[0] })
      default:
        throw new NotWritten(op)
    }
  }

  private integers(values: readonly number[]): string {
    const name = `i${this.initializers.length}`
    this.initializers.push({ name, dims: [values.length], data: BigInt64Array.from(values, BigInt) })
    return name
  }

  private number(value: number): string {
    const name = `f${this.initializers.length}`
    this.initializers.push({ name, dims: [], data: Float32Array.of(value) })
    return name
  }
}

const integer0 = (attribute: object | undefined): number =>
  Number((attribute as { i?: string } | undefined)?.i ?? 0)
