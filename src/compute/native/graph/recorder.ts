import * as tf from '@tensorflow/tfjs'
import type { NativeBackend, NativeBinding, OpAttribute, OutputMetadata } from '../../backend'
import { TraceError } from '../../graphs'
import { placeholder, shapeMessage, type AttributeValue, type NodeDef } from './proto'

/**
 * A tensor from outside that the function used, fed on every run: a variable as it then stands, or a tensor
 * held until the graph is freed.
 */
export interface Captured {
  node: string
  tensor: tf.Tensor
}

/** The variable that owns the data of a tensor. */
const variableOf = (tensor: tf.TensorInfo): tf.Variable | undefined =>
  Object.values(tf.engine().state.registeredVariables).find((v) => v.dataId === tensor.dataId)

/**
 * The variable that owns the data of a tensor, or a clone of the tensor that lives as long as the recording is used.
 */
const hold = (tensor: tf.TensorInfo): tf.Tensor =>
  variableOf(tensor) ?? tf.keep((tensor as tf.Tensor).clone())

/** The operations of one run, as nodes of a graph. */
export interface Recording {
  nodes: NodeDef[]
  /** `node:output` of a tensor made or used while recording. */
  nameOf(tensor: tf.Tensor): string
  /** Tensors from outside, in the order they were first used. */
  captured: Captured[]
}

/** Attributes that a graph needs and eager execution infers. */
const INFERRED: Record<string, (inputs: { dtype: number }[]) => Record<string, AttributeValue>> = {
  ExpandDims: ([x]) => ({ T: { type: x.dtype } }),
}

/** A tensor as it is called in a graph: `node:output`, and TensorFlow's number of its type. */
export interface Output {
  name: string
  dtype: number
}

/** A recording under way, for those who add nodes of their own to it. */
export interface Recorder {
  backend: NativeBackend
  nodes: NodeDef[]
  /** A name that no node has. */
  freshName(): string
  /** What a tensor is in the graph. */
  outputOf(tensor: tf.Tensor): Output
  /** The type of an output. */
  typeOf(name: string): number
  /** A tensor of this kind that is this output in the graph; its values mean nothing. */
  standIn(kind: { shape: number[]; dtype: tf.DataType }, name: string): tf.Tensor
}

let current: Recorder | undefined

/** The recording under way. */
export const currentRecorder = (): Recorder | undefined => current

/** True while a function is being recorded: its operations will run side by side wherever none needs the other. */
export const isRecording = (): boolean => current !== undefined

/**
 * Runs `f` once, eagerly, and records every operation that reaches the TensorFlow addon: each call becomes a
 * node, each tensor made from JavaScript numbers a constant, each tensor from outside a placeholder.
 * Gradients are computed inside, so they are recorded too.
 *
 * @param backend tfjs-node's backend.
 * @param prefix of the nodes' names.
 * @param inputs tensors that become placeholders of these names.
 * @throws TraceError when values are read in the middle or an attribute is of a kind unknown here.
 */
export function record<R>(
  backend: NativeBackend,
  prefix: string,
  inputs: Record<string, tf.Tensor>,
  bound: Map<tf.Tensor, string>,
  f: () => R,
): { result: R; recording: Recording } {
  const real = backend.binding
  const nodes: NodeDef[] = []
  const outputs = new Map<number, Output>()
  const types = new Map<string, number>()
  const captured: Captured[] = []
  let count = 0
  const idOf = (tensor: tf.TensorInfo): number => originalIds.call(backend, [tensor])[0]
  const knowId = (id: number, name: string, dtype: number): void => {
    outputs.set(id, { name, dtype })
    types.set(name, dtype)
  }
  const know = (tensor: tf.Tensor, name: string): void =>
    knowId(idOf(tensor), name, backend.tensorMap.get(tensor.dataId).dtype)
  const addPlaceholder = (name: string, tensor: tf.TensorInfo): void => {
    const dtype = backend.tensorMap.get(tensor.dataId).dtype
    nodes.push(placeholder(name, dtype, tensor.shape))
  }

  const originalIds = backend.getInputTensorIds
  const originalRead = backend.readSync
  for (const [name, tensor] of Object.entries(inputs)) {
    idOf(tensor)
    addPlaceholder(prefix + name, tensor)
    know(tensor, `${prefix}${name}:0`)
  }
  for (const [tensor, name] of bound) {
    idOf(tensor)
    know(tensor, name)
  }

  const recorder: Partial<NativeBinding> = {
    executeOp(op: string, attributes: OpAttribute[], ids: number[], made: number): OutputMetadata[] {
      const result = real.executeOp(op, attributes, ids, made)
      const name = `${prefix}n${count++}`
      const inputs = ids.map((id) => outputs.get(id) ?? unknownInput(op))
      const missing = INFERRED[op]?.(inputs) ?? {}
      nodes.push({
        name,
        op,
        input: inputs.map((input) => input.name),
        attr: {
          ...missing,
          ...Object.fromEntries(attributes.map((a) => [a.name, attributeValue(real, op, a)])),
        },
      })
      result.forEach(({ id, dtype }, i) => knowId(id, `${name}:${i}`, dtype))
      return result
    },
    createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array): number {
      const id = real.createTensor(shape, dtype, values)
      const name = `${prefix}c${count++}`
      nodes.push(constant(name, shape, dtype, real.tensorDataSync(id)))
      knowId(id, `${name}:0`, dtype)
      return id
    },
  }
  // The addon's own properties are fixed, so a copy stands in for it.
  const standIn = {} as Record<string, unknown>
  for (const name of Object.getOwnPropertyNames(real))
    standIn[name] = (real as unknown as Record<string, unknown>)[name]
  const proxy = Object.assign(standIn, recorder) as unknown as NativeBinding
  backend.getInputTensorIds = function (tensors) {
    // A weight used for the first time is uploaded only now: it must not become a constant of the graph.
    for (const tensor of tensors)
      if (backend.tensorMap.get(tensor.dataId).values && variableOf(tensor)) {
        backend.binding = real
        originalIds.call(backend, [tensor])
        backend.binding = proxy
      }
    const ids = originalIds.call(backend, tensors)
    tensors.forEach((tensor, i) => {
      if (outputs.has(ids[i])) return
      const node = `${prefix}captured${captured.length}`
      addPlaceholder(node, tensor)
      knowId(ids[i], `${node}:0`, backend.tensorMap.get(tensor.dataId).dtype)
      captured.push({ node, tensor: hold(tensor) })
    })
    return ids
  }
  backend.readSync = () => {
    throw new TraceError('it reads the values of a tensor in the middle (data, dataSync, array, print …)')
  }
  const outer = current
  current = {
    backend,
    nodes,
    freshName: () => `${prefix}n${count++}`,
    outputOf: (tensor) => outputs.get(backend.getInputTensorIds([tensor])[0]) ?? unknownInput('loop'),
    typeOf: (name) => types.get(name) as number,
    standIn({ shape, dtype }, name) {
      const recording = backend.getInputTensorIds
      backend.binding = real
      backend.getInputTensorIds = originalIds
      const tensor = tf.fill(shape, 0, dtype)
      know(tensor, name)
      backend.binding = proxy
      backend.getInputTensorIds = recording
      return tensor
    },
  }
  backend.binding = proxy
  try {
    const result = f()
    backend.binding = real
    return {
      result,
      recording: {
        nodes,
        captured,
        nameOf: (tensor) => (outputs.get(idOf(tensor)) ?? unknownInput('output')).name,
      },
    }
  } catch (error) {
    releaseCaptured(captured)
    throw error
  } finally {
    current = outer
    backend.binding = real
    backend.getInputTensorIds = originalIds
    backend.readSync = originalRead
  }
}

/** Frees the clones a recording holds; variables belong to others. */
export function releaseCaptured(captured: Captured[]): void {
  for (const { tensor } of captured) if (!(tensor instanceof tf.Variable)) tensor.dispose()
}

/**
 * A tensor as the output of an operation of its own, to be called while recording: an output may be an input,
 * a weight, or numbers that tfjs has not handed to TensorFlow yet.
 */
export function asOutput(backend: NativeBackend, tensor: tf.Tensor): tf.Tensor {
  const { TF_ATTR_TYPE } = backend.binding
  const T = { name: 'T', type: TF_ATTR_TYPE, value: backend.tensorMap.get(tensor.dataId).dtype }
  return backend.executeSingleOutput('Identity', [T], [tensor])
}

function unknownInput(op: string): never {
  throw new TraceError(`operation ${op} uses a tensor whose origin is unknown`)
}

/** A node that holds values. */
export function constant(
  name: string,
  shape: readonly number[],
  dtype: number,
  values: Float32Array | Int32Array | Uint8Array,
): NodeDef {
  const tensorContent = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return {
    name,
    op: 'Const',
    input: [],
    attr: {
      dtype: { type: dtype },
      value: { tensor: { dtype, tensorShape: shapeMessage(shape), tensorContent: tensorContent.slice() } },
    },
  }
}

/** An eager call's attribute as a graph's. */
function attributeValue(
  binding: NativeBinding,
  op: string,
  { name, type, value }: OpAttribute,
): AttributeValue {
  switch (type) {
    case binding.TF_ATTR_TYPE:
      return { type: value as number }
    case binding.TF_ATTR_BOOL:
      return { b: Boolean(value) }
    case binding.TF_ATTR_FLOAT:
      return { f: value as number }
    case binding.TF_ATTR_INT:
      return Array.isArray(value) ? { list: { i: value as number[] } } : { i: value as number }
    case binding.TF_ATTR_SHAPE:
      return { shape: shapeMessage(value as number[]) }
    case binding.TF_ATTR_STRING:
      return { s: Buffer.from(value as string) }
    default:
      throw new TraceError(`operation ${op} has an attribute '${name}' of an unknown kind (${type})`)
  }
}

/** The nodes that `outputs` need, in their order. */
export function reachable(nodes: NodeDef[], outputs: string[]): NodeDef[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const wanted = new Set<string>()
  const queue = outputs.map(nodeName)
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (wanted.has(name)) continue
    wanted.add(name)
    for (const input of byName.get(name)?.input ?? []) queue.push(nodeName(input))
  }
  return nodes.filter((node) => wanted.has(node.name))
}

/** The node of an output. */
export const nodeName = (reference: string): string => reference.replace(/^\^/, '').replace(/:\d+$/, '')
