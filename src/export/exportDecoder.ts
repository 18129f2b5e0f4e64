import { readFile } from '../platform/fileSystem'
import path from '../platform/path'
import { packageFile } from '../platform/places'
import type { DataSet } from '../data/dataset'
import { writeWhole } from '../platform/files'
import { requireEngine } from '../compute/engine'
import { ArgumentError } from '../base/errors'
import { resolveOptions } from '../base/options'
import type { Model } from '../models/model'
import { requireModel } from '../models/requireModel'
import { graphModelOf } from './graphModel'
import { decoderNotes, type ExportDecoderOptions } from './notes'
import { decoderPage } from './page'

export type { DecoderNotes, ExportDecoderOptions } from './notes'

/**
 * Writes a model's decoder, E[x|z] = mean(η(z)), as a graph model of TensorFlow.js: `model.json` and
 * `weights.bin`, for any program that reads them (`tf.loadGraphModel`), with input `z`, `[rows, latent]`, and
 * output `mean`, `[rows, dim]`; and `index.html` with `tf.min.js`, a page with a slider for each unit of z,
 * which draws the decoder's output. Needs a server, such as `python3 -m http.server` in the folder: browsers
 * read no other files for a page opened from disk.
 *
 * @param model a model of rows of numbers; its decoder may use any operations of TensorFlow.js.
 * @param folder is created if necessary.
 * @param options `{ data, features, title }`.
 * @returns the folder's absolute path.
 * @throws ArgumentError for a model of texts, data of another dimension, or a decoder with an operation that
 *   graph models do not have; DataError if the folder cannot be written.
 * @example
 * await lid.exportDecoder(model, 'out/decoder', { data: test })
 */
export async function exportDecoder(
  model: Model<DataSet>,
  folder: string,
  options: ExportDecoderOptions = {},
): Promise<string> {
  const resolved = resolveOptions('exportDecoder', options, {
    data: undefined,
    features: undefined,
    title: undefined,
  })
  requireEngine('exportDecoder')
  requireModel(model)
  if (typeof folder !== 'string' || folder === '')
    throw new ArgumentError('folder', folder, 'a path', 'Name a folder for the model and its page.')
  const { decoder, observation, latent, dim } = model
  const notes = await decoderNotes(model, resolved)
  const graph = graphModelOf(
    (z) => observation.mean(decoder.apply(z)),
    { from: latent, to: dim },
    { input: 'z', output: 'mean' },
  )
  const target = path.resolve(folder)
  const json = {
    format: 'graph-model',
    generatedBy: 'lidvae',
    convertedBy: null,
    signature: graph.signature,
    modelTopology: graph.topology,
    weightsManifest: [{ paths: ['weights.bin'], weights: graph.weights }],
    userDefinedMetadata: { lidvae: notes },
  }
  // The page last: a folder with a page is complete.
  writeWhole(path.join(target, 'weights.bin'), graph.data)
  writeWhole(path.join(target, 'model.json'), `${JSON.stringify(json)}\n`)
  writeWhole(path.join(target, 'tf.min.js'), readFile(bundle()))
  writeWhole(path.join(target, 'index.html'), decoderPage(notes))
  return target
}

/** The installed TensorFlow.js for browsers. */
const bundle = (): string =>
  path.join(path.dirname(packageFile('@tensorflow/tfjs/package.json')), 'dist', 'tf.min.js')
