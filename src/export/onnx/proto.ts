import protobuf from 'protobufjs/light'

const many = (type: string, id: number) => ({ rule: 'repeated', type, id })

/** The few ONNX messages of which a model consists, with their field numbers (onnx.proto). */
const root = protobuf.Root.fromJSON({
  nested: {
    Dimension: {
      oneofs: { v: { oneof: ['value', 'param'] } },
      fields: { value: { type: 'int64', id: 1 }, param: { type: 'string', id: 2 } },
    },
    Shape: { fields: { dim: many('Dimension', 1) } },
    TensorType: { fields: { elemType: { type: 'int32', id: 1 }, shape: { type: 'Shape', id: 2 } } },
    Type: { fields: { tensorType: { type: 'TensorType', id: 1 } } },
    ValueInfo: { fields: { name: { type: 'string', id: 1 }, type: { type: 'Type', id: 2 } } },
    StringEntry: { fields: { key: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } } },
    Tensor: {
      fields: {
        dims: many('int64', 1),
        dataType: { type: 'int32', id: 2 },
        name: { type: 'string', id: 8 },
        rawData: { type: 'bytes', id: 9 },
        externalData: many('StringEntry', 13),
        dataLocation: { type: 'int32', id: 14 },
      },
    },
    Attribute: {
      fields: {
        name: { type: 'string', id: 1 },
        f: { type: 'float', id: 2 },
        i: { type: 'int64', id: 3 },
        s: { type: 'bytes', id: 4 },
        ints: { ...many('int64', 8), options: { packed: false } },
        type: { type: 'int32', id: 20 },
      },
    },
    Node: {
      fields: {
        input: many('string', 1),
        output: many('string', 2),
        name: { type: 'string', id: 3 },
        opType: { type: 'string', id: 4 },
        attribute: many('Attribute', 5),
      },
    },
    Graph: {
      fields: {
        node: many('Node', 1),
        name: { type: 'string', id: 2 },
        initializer: many('Tensor', 5),
        input: many('ValueInfo', 11),
        output: many('ValueInfo', 12),
      },
    },
    Opset: { fields: { domain: { type: 'string', id: 1 }, version: { type: 'int64', id: 2 } } },
    Model: {
      fields: {
        irVersion: { type: 'int64', id: 1 },
        producerName: { type: 'string', id: 2 },
        graph: { type: 'Graph', id: 7 },
        opsetImport: many('Opset', 8),
        metadataProps: many('StringEntry', 14),
      },
    },
  },
})

const Model = root.lookupType('Model')

/** Numbers of a model. */
export interface OnnxInitializer {
  name: string
  dims: readonly number[]
  data: Float32Array | BigInt64Array | Uint8Array
  /** The file beside the model that has them, in place of `data`. */
  external?: string
}

/** An attribute of a node: whole numbers, a text, or a real number (`{ f }`). */
export type OnnxAttribute = number | string | readonly number[] | { f: number }

/** An operation. */
export interface OnnxNode {
  op: string
  inputs: readonly string[]
  outputs: readonly string[]
  attributes?: Readonly<Record<string, OnnxAttribute>>
}

/** Element types by number. */
const ELEMENTS = { float32: 1, uint8: 2, int64: 7, float64: 11 } as const

/** An input or output; a length that is text may vary. */
export interface OnnxPort {
  name: string
  shape: readonly (number | string)[]
  type?: keyof typeof ELEMENTS
}

/** A whole model. */
export interface OnnxFile {
  nodes: readonly OnnxNode[]
  initializers: readonly OnnxInitializer[]
  inputs: readonly OnnxPort[]
  outputs: readonly OnnxPort[]
  /** Version of the operations; 17 by default, which ONNX Runtime reads since 2022. */
  opset?: number
  irVersion?: number
  metadata?: Readonly<Record<string, string>>
}

const [FLOAT, INT64, BOOL] = [1, 7, 9]
const [OF_FLOAT, OF_INT, OF_TEXT, OF_INTS] = [1, 2, 3, 7]

/** The bytes of an ONNX file. */
export function encodeOnnx(file: OnnxFile): Buffer {
  const port = ({ name, shape, type = 'float32' }: OnnxPort) => ({
    name,
    type: {
      tensorType: {
        elemType: ELEMENTS[type],
        shape: {
          dim: shape.map((length) => (typeof length === 'string' ? { param: length } : { value: length })),
        },
      },
    },
  })
  const tensor = ({ name, dims, data, external }: OnnxInitializer) => ({
    name,
    dims,
    dataType: data instanceof Float32Array ? FLOAT : data instanceof Uint8Array ? BOOL : INT64,
    ...(external === undefined
      ? { rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
      : { externalData: [{ key: 'location', value: external }], dataLocation: 1 }),
  })
  const attribute = ([name, value]: [string, OnnxAttribute]) =>
    typeof value === 'number'
      ? { name, i: value, type: OF_INT }
      : typeof value === 'string'
        ? { name, s: Buffer.from(value), type: OF_TEXT }
        : 'f' in value
          ? { name, f: value.f, type: OF_FLOAT }
          : { name, ints: value, type: OF_INTS }
  return Buffer.from(
    Model.encode(
      Model.fromObject({
        irVersion: file.irVersion ?? 8,
        producerName: 'lidvae',
        opsetImport: [{ domain: '', version: file.opset ?? 17 }],
        metadataProps: Object.entries(file.metadata ?? {}).map(([key, value]) => ({ key, value })),
        graph: {
          name: 'lidvae',
          node: file.nodes.map(({ op, inputs, outputs, attributes = {} }, i) => ({
            name: `${op}_${i}`,
            opType: op,
            input: inputs,
            output: outputs,
            attribute: Object.entries(attributes).map(attribute),
          })),
          initializer: file.initializers.map(tensor),
          input: file.inputs.map(port),
          output: file.outputs.map(port),
        },
      }),
    ).finish(),
  )
}
