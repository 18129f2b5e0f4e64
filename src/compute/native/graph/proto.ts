import protobuf from 'protobufjs/light'

/**
 * The few TensorFlow messages of which a graph consists, with their field numbers (tensorflow/core/framework
 * and protobuf, saved_model.proto).
 */
const root = protobuf.Root.fromJSON({
  nested: {
    Dim: { fields: { size: { type: 'int64', id: 1 } } },
    Shape: { fields: { dim: { rule: 'repeated', type: 'Dim', id: 2 } } },
    TensorProto: {
      fields: {
        dtype: { type: 'int32', id: 1 },
        tensorShape: { type: 'Shape', id: 2 },
        tensorContent: { type: 'bytes', id: 4 },
      },
    },
    IntList: { fields: { i: { rule: 'repeated', type: 'int64', id: 3 } } },
    AttrValue: {
      oneofs: { value: { oneof: ['list', 's', 'i', 'f', 'b', 'type', 'shape', 'tensor'] } },
      fields: {
        list: { type: 'IntList', id: 1 },
        s: { type: 'bytes', id: 2 },
        i: { type: 'int64', id: 3 },
        f: { type: 'float', id: 4 },
        b: { type: 'bool', id: 5 },
        type: { type: 'int32', id: 6 },
        shape: { type: 'Shape', id: 7 },
        tensor: { type: 'TensorProto', id: 8 },
      },
    },
    NodeDef: {
      fields: {
        name: { type: 'string', id: 1 },
        op: { type: 'string', id: 2 },
        input: { rule: 'repeated', type: 'string', id: 3 },
        attr: { keyType: 'string', type: 'AttrValue', id: 5 },
      },
    },
    Versions: { fields: { producer: { type: 'int32', id: 1 } } },
    GraphDef: {
      fields: { node: { rule: 'repeated', type: 'NodeDef', id: 1 }, versions: { type: 'Versions', id: 4 } },
    },
    MetaInfo: { fields: { tags: { rule: 'repeated', type: 'string', id: 4 } } },
    MetaGraph: {
      fields: { metaInfoDef: { type: 'MetaInfo', id: 1 }, graphDef: { type: 'GraphDef', id: 2 } },
    },
    SavedModel: {
      fields: {
        schemaVersion: { type: 'int64', id: 1 },
        metaGraphs: { rule: 'repeated', type: 'MetaGraph', id: 2 },
      },
    },
  },
} as protobuf.INamespace)

const SavedModel = root.lookupType('SavedModel')

/** A shape as a message. */
export interface ShapeMessage {
  dim: { size: number }[]
}

/** An attribute's value: exactly one field. */
export type AttributeValue =
  | { type: number }
  | { b: boolean }
  | { f: number }
  | { i: number }
  | { s: Uint8Array }
  | { shape: ShapeMessage }
  | { list: { i: number[] } }
  | { tensor: { dtype: number; tensorShape: ShapeMessage; tensorContent: Uint8Array } }

/** One operation of a graph. */
export interface NodeDef {
  name: string
  op: string
  /** `node:output`, or `^node` for a control input. */
  input: string[]
  attr: Record<string, AttributeValue>
}

/** A shape as a message. */
export const shapeMessage = (shape: readonly number[]): ShapeMessage => ({
  dim: shape.map((size) => ({ size })),
})

/** A node that is fed. */
export const placeholder = (name: string, dtype: number, shape: readonly number[]): NodeDef => ({
  name,
  op: 'Placeholder',
  input: [],
  attr: { dtype: { type: dtype }, shape: { shape: shapeMessage(shape) } },
})

/** Producer version of graphs of TensorFlow 2.9, which every later release reads. */
const PRODUCER = 1087

/** The bytes of a saved_model.pb with one graph, tagged `serve`. */
export const encodeSavedModel = (nodes: NodeDef[]): Uint8Array =>
  SavedModel.encode({
    schemaVersion: 1,
    metaGraphs: [
      { metaInfoDef: { tags: ['serve'] }, graphDef: { node: nodes, versions: { producer: PRODUCER } } },
    ],
  }).finish()
