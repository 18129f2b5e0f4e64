import { createRequire } from 'node:module'
import path from 'node:path'
import { DataError, EngineError } from '../base/errors'
import { exists, isFile, isFolder } from './fileSystem'

/** Numbers that go into an ONNX model or come out of it. */
export interface OnnxTensor {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: ArrayLike<number> | BigInt64Array
}

/** An input or output of an ONNX model; a length that is text may vary. */
export interface OnnxValue {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

/** An ONNX model, ready to run. */
export interface OnnxModel {
  readonly file: string
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  run(feeds: Record<string, OnnxTensor>, wanted: readonly string[]): Promise<Record<string, OnnxTensor>>
  release(): Promise<void>
}

interface Metadata {
  readonly name: string
  readonly isTensor: boolean
  readonly type?: string
  readonly shape?: readonly (number | string)[]
}

/** The part of `onnxruntime-node` that is used. */
interface Runtime {
  readonly env: { readonly versions: { readonly node?: string; readonly common: string } }
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OnnxTensor
  readonly InferenceSession: {
    create(
      file: string,
      options: object,
    ): Promise<{
      readonly inputMetadata: readonly Metadata[]
      readonly outputMetadata: readonly Metadata[]
      run(feeds: object, wanted: readonly string[], options: object): Promise<Record<string, OnnxTensor>>
      release(): Promise<void>
    }>
  }
}

/** What goes wrong is said by an error, not by the runtime's own lines too. */
const FATAL = 4

let loaded: Runtime | undefined

/** ONNX Runtime, an optional package: found beside lidvae, or in the project that uses it. */
function runtime(): Runtime {
  if (loaded) return loaded
  const places = [__filename, path.join(process.cwd(), 'package.json')]
  let cause: unknown
  for (const place of places)
    try {
      return (loaded = createRequire(place)('onnxruntime-node') as Runtime)
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string }
      if (code !== 'MODULE_NOT_FOUND' || !message?.includes("'onnxruntime-node'")) cause ??= error
    }
  throw new EngineError(
    cause === undefined
      ? 'ONNX models are run by onnxruntime-node, which is not installed. Run: npm install onnxruntime-node'
      : `onnxruntime-node is installed, but does not start here: ${oneLine(cause)}. Run: npm install onnxruntime-node`,
  )
}

/** True where ONNX models can be run. */
export function hasOnnxRuntime(): boolean {
  try {
    return runtime() !== undefined
  } catch {
    return false
  }
}

/** Version of ONNX Runtime. */
export const onnxRuntimeVersion = (): string => runtime().env.versions.node ?? runtime().env.versions.common

function whyNoFile(file: string): string {
  if (!exists(file))
    return `${file}: does not exist. Check the path; it is taken from the folder in which you are.`
  return `${file}: is ${isFolder(file) ? 'a folder' : 'a pipe, a device or a socket'}. Name the .onnx file.`
}

/**
 * Opens an ONNX model.
 *
 * @throws EngineError where onnxruntime-node is missing; DataError for a file that it cannot read, with the reason.
 */
export async function openOnnx(file: string): Promise<OnnxModel> {
  const { InferenceSession, Tensor } = runtime()
  if (!isFile(file)) throw new DataError(whyNoFile(file))
  let session: Awaited<ReturnType<Runtime['InferenceSession']['create']>>
  try {
    session = await InferenceSession.create(file, { logSeverityLevel: FATAL, executionProviders: ['cpu'] })
  } catch (error) {
    throw new DataError(notOpened(file, oneLine(error)))
  }
  const values = (all: readonly Metadata[]): OnnxValue[] =>
    all.map(({ name, type = 'none', shape = [] }) => ({ name, type, shape }))
  return {
    file,
    inputs: values(session.inputMetadata),
    outputs: values(session.outputMetadata),
    run(feeds, wanted) {
      const made = Object.entries(feeds).map(([name, { type, data, dims }]) => [
        name,
        new Tensor(type, data, dims),
      ])
      return session.run(Object.fromEntries(made) as object, wanted, { logSeverityLevel: FATAL })
    },
    release: () => session.release(),
  }
}

/** What is wrong with the file, and what to change. */
function notOpened(file: string, why: string): string {
  if (/external|\.data\b|weights?\.bin|cannot open file|No such file/i.test(why)) {
    const [, wanted] = /([\w./-]+\.(?:data|bin|weights|pb))\b/.exec(why) ?? []
    return `${file}: its weights are in another file${wanted ? `, ${path.basename(wanted)}` : ''}, which is not beside it. Copy both into one folder, or export with external_data=False.`
  }
  if (/opset|IR version/i.test(why))
    return `${file}: needs a newer ONNX Runtime than ${onnxRuntimeVersion()} (${short(why)}). Run npm install onnxruntime-node@latest, or export with opset_version=17.`
  if (/protobuf|parse/i.test(why)) return `${file}: is not an ONNX model. Export it with torch.onnx.export.`
  return `${file}: cannot be opened (${short(why)}). Check it with onnx.checker.check_model.`
}

const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim()

/** The first part of a long message. */
export const short = (text: string): string => {
  const plain = text.replace(/\s+/g, ' ').replace(/\.$/, '')
  return plain.length > 160 ? `${plain.slice(0, 160)}…` : plain
}
