import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { fashionMnist } from '../src/data/fashionMnist'
import type { DataSet } from '../src/data/dataset'
import { bernoulli } from '../src/distributions/bernoulli'
import { Draws, drawKey } from '../src/compute/draws'
import { gmvae, lidmvae, lidvae, vae } from '../src/models/builders'
import type { Parameters } from '../src/compute/parameters'
import type { FullRank } from '../src/layers/fullRank'
import type { Model } from '../src/models/model'
import { elboLoss } from '../src/training/elbo'
import type { Entry, Layout } from './layout'
import type { Check } from './protocol'
import type { Spec } from './spec'

const SEED = 1

/** The model of a work, with its seeded starting weights. */
export function buildModel(spec: Spec): Model {
  const common = { likelihood: bernoulli(spec.dim), latent: spec.latent, hidden: spec.hidden, seed: SEED }
  const posterior = spec.inference === 'K passes' ? ('q(w|x) q(z|x,w)' as const) : ('q(w|x) q(z|x)' as const)
  const mixture = { ...common, components: spec.components, posterior }
  const injective = { hiddenLatent: spec.hiddenLatent }
  switch (spec.model) {
    case 'vae':
      return vae(common)
    case 'lidvae':
      return lidvae({ ...common, injective })
    case 'gmvae':
      return gmvae(mixture)
    case 'lidmvae':
      return lidmvae({ ...mixture, injective })
    case 'svae':
    case 'lidsvae':
    case 'lstm':
      throw new Error(`${spec.model} is no model of images`)
  }
}

/** The images of a work: intensities for an epoch, which binarises them afresh, binary ones otherwise. */
export async function imagesOf(spec: Spec): Promise<DataSet> {
  const { train } = await fashionMnist({
    train: spec.images,
    test: 1,
    download: false,
    onNote: () => undefined,
  })
  return spec.task === 'epoch' ? train : train.binarized()
}

/** Writes the reference of a work. @param check also loss and gradients, for engines to compare with */
export async function writeReference(spec: Spec, folder: string, check: boolean): Promise<Layout> {
  mkdirSync(folder, { recursive: true })
  const model = buildModel(spec)
  try {
    const images = await imagesOf(spec)
    writeNumbers(folder, 'x.bin', images.x)
    const layout: Layout = {
      weights: writeWeights(model.parameters, freeMaps(model), folder),
      x: [images.size, images.dim],
    }
    if (check) layout.check = writeCheck(model, spec, images, folder)
    writeFileSync(path.join(folder, 'layout.json'), JSON.stringify(layout))
    return layout
  } finally {
    model.dispose()
  }
}

export const writeNumbers = (folder: string, name: string, values: Float32Array): void =>
  writeFileSync(path.join(folder, name), new Uint8Array(values.buffer, values.byteOffset, values.byteLength))

/** Anchored maps as they stand, for those who train them freely. */
function freeMaps(model: Model): Record<string, tf.Tensor> {
  const maps: Record<string, tf.Tensor> = {}
  const beta = model.decoder.injective?.chain.find((part) => part.kind === 'full-rank map') as
    FullRank | undefined
  if (beta) maps['decoder/beta/free'] = beta.matrix()
  if (model.parameters.constants.has('prior/means/Q'))
    maps['prior/means/free'] = tf.tidy(() => model.prior.moments().mean.clone())
  return maps
}

/** Writes weights into one file, and frees the maps. @returns where each lies */
export function writeWeights(
  { variables, constants }: Parameters,
  maps: Record<string, tf.Tensor>,
  folder: string,
): Entry[] {
  const isAnchored = (name: string): boolean => name.endsWith('/B') && constants.has(`${name.slice(0, -1)}Q`)
  const all: [string, tf.Tensor, Entry['kind']][] = [
    ...[...variables].map(
      ([name, w]) =>
        [name, w, isAnchored(name) ? 'anchored' : 'trained'] as [string, tf.Tensor, Entry['kind']],
    ),
    ...Object.entries(maps).map(([name, w]) => [name, w, 'free'] as [string, tf.Tensor, Entry['kind']]),
    ...[...constants].map(([name, w]) => [name, w, 'fixed'] as [string, tf.Tensor, Entry['kind']]),
  ]
  let offset = 0
  const entries = all.map(([name, { shape, size }, kind]) => {
    const entry = { name, shape, offset, kind }
    offset += 4 * size
    return entry
  })
  const values = new Float32Array(offset / 4)
  all.forEach(([, tensor], i) => values.set(tensor.dataSync(), entries[i].offset / 4))
  tf.dispose(maps)
  writeNumbers(folder, 'weights.bin', values)
  return entries
}

/** Data points of an evaluation's check: as many draws as it times, of few images. */
const CHECKED = 10

function writeCheck(model: Model, spec: Spec, images: DataSet, folder: string): NonNullable<Layout['check']> {
  const likelihood = spec.task === 'likelihood'
  const rows = images.take(likelihood ? CHECKED : spec.batch)
  const x = rows.values === 'binary' ? rows : rows.binarized()
  const shape = likelihood
    ? [x.size, spec.samples, 1, spec.latent]
    : [x.size, model.posterior.branches, spec.latent]
  writeNumbers(folder, 'check-x.bin', x.x)
  const noise = tf.tidy(() => checkDraws().normal('z', shape).dataSync() as Float32Array)
  writeNumbers(folder, 'check-noise.bin', noise)
  return { x: [x.size, x.dim], noise: shape, ...checkModel(model, spec, x) }
}

const checkDraws = (): Draws => new Draws(drawKey(SEED, 0))

/** What a model computes at the check's data, with the check's noise. */
export function checkModel(model: Model, spec: Spec, x: DataSet): Check {
  return tf.tidy(() => {
    const rows = tf.tensor2d(x.x, [x.size, x.dim])
    if (spec.task === 'likelihood')
      return { value: tf.mean(importanceWeighted(model, rows, checkDraws(), spec.samples)).dataSync()[0] }
    const loss = elboLoss(model, x)
    const { variables } = model.parameters
    const { value, grads } = tf.variableGrads(
      () => loss({ x: rows, klWeight: tf.scalar(1) }, checkDraws()).loss,
      [...variables.values()],
    )
    const norms = [...variables].map(([name, w]) => [
      name,
      w.name in grads ? tf.norm(grads[w.name]).dataSync()[0] : 0,
    ])
    return { value: value.dataSync()[0], norms: Object.fromEntries(norms) as Record<string, number> }
  })
}

/** log p(x) of each row, importance-weighted. */
export const importanceWeighted = (model: Model, x: tf.Tensor, draws: Draws, samples: number): tf.Tensor => {
  const { logRatio } = model.importanceTerms(x, draws, samples)
  return tf.sub(tf.logSumExp(logRatio, [1, 2]), Math.log(samples * model.components))
}
