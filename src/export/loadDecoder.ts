import * as tf from '@tensorflow/tfjs'
import { ArgumentError, DataError } from '../base/errors'
import { readBytes } from '../platform/files'
import path from '../platform/path'

/**
 * Reads a decoder that `exportDecoder` wrote, with TensorFlow.js's own reader of graph models: the same that
 * any other program gets.
 *
 * @param folder with `model.json` and `weights.bin`.
 * @returns the graph model: `execute({ z }, 'mean')` takes z, `[rows, latent]`, to E[x|z], `[rows, dim]`;
 *   `dispose()` frees its weights.
 * @throws ArgumentError for an invalid path, DataError if the files are missing or are not a graph model.
 * @example
 * const decoder = await lid.loadDecoder('out/decoder')
 * const mean = decoder.execute({ z: lid.tf.zeros([1, model.latent]) }, 'mean')
 * @see https://js.tensorflow.org/api/latest/#loadGraphModel
 */
export async function loadDecoder(folder: string): Promise<tf.GraphModel> {
  if (typeof folder !== 'string' || folder === '')
    throw new ArgumentError('folder', folder, 'a path', 'Name the folder that lid.exportDecoder returned.')
  const read = (name: string): Promise<Buffer> =>
    readBytes(path.join(folder, name), 'Name the folder that lid.exportDecoder returned.')
  const [text, bytes] = [await read('model.json'), await read('weights.bin')]
  try {
    const json = JSON.parse(text.toString('utf8')) as tf.io.ModelJSON
    // A copy, because small files share their memory.
    const weightData = Uint8Array.from(bytes).buffer
    const weightSpecs = json.weightsManifest[0].weights
    return await tf.loadGraphModel({ load: () => Promise.resolve({ ...json, weightSpecs, weightData }) })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DataError(`${folder}: is no exported decoder (${reason}). Export it again.`)
  }
}
