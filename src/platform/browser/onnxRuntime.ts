import { EngineError } from '../../base/errors'
import type { OnnxModel } from '../onnxRuntime'

export type { OnnxModel, OnnxTensor, OnnxValue } from '../onnxRuntime'

const none = (): never => {
  throw new EngineError(
    'ONNX models are run by onnxruntime-node, which is not part of the edition for browsers: use lidvae in Node.',
  )
}

export const hasOnnxRuntime = (): boolean => false

export const onnxRuntimeVersion = (): string => none()

export const openOnnx = (_file: string): Promise<OnnxModel> => Promise.resolve().then(none)

export const short = (text: string): string => {
  const plain = text.replace(/\s+/g, ' ').replace(/\.$/, '')
  return plain.length > 160 ? `${plain.slice(0, 160)}…` : plain
}
