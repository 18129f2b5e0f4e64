import * as tf from '@tensorflow/tfjs'

/** One attribute of a TensorFlow operation, as tfjs-node's addon takes it. */
export interface OpAttribute {
  name: string
  type: number
  value: unknown
}

/** The addon's description of an output. */
export interface OutputMetadata {
  id: number
  shape: number[]
  dtype: number
}

/** The addon's own interface, as far as this library uses it. */
export interface NativeBinding {
  TF_FLOAT: number
  TF_INT32: number
  TF_BOOL: number
  TF_RESOURCE: number
  TF_ATTR_STRING: number
  TF_ATTR_INT: number
  TF_ATTR_FLOAT: number
  TF_ATTR_BOOL: number
  TF_ATTR_TYPE: number
  TF_ATTR_SHAPE: number
  TF_Version: string
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): OutputMetadata[]
  createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array): number
  deleteTensor(id: number): void
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array
  deleteSavedModel(id: number): void
}

/** Where tfjs-node keeps a tensor's handle. */
export interface NativeEntry {
  id: number
  shape: number[]
  dtype: number
  values: ArrayLike<number> | null
}

/** tfjs-node's backend, as far as this library uses it. */
export interface NativeBackend {
  binding: NativeBinding
  tensorMap: { get(dataId: object): NativeEntry }
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: tf.TensorInfo[]): tf.Tensor
  getInputTensorIds: (tensors: tf.TensorInfo[]) => number[]
  refCount(dataId: object): number
  readSync: (dataId: object) => Float32Array | Int32Array | Uint8Array
  loadSavedModelMetaGraph(folder: string, tags: string): number
  runSavedModel(
    session: number,
    inputs: tf.Tensor[],
    infos: { name: string }[],
    outputs: string[],
  ): tf.Tensor[]
  deleteSavedModel(session: number): void
}

/** The native backend if it is in use, else undefined. */
export function nativeBackend(): NativeBackend | undefined {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as NativeBackend) : undefined
}
