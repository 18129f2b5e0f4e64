import * as tf from '@tensorflow/tfjs'
import { evaluateOnce } from '../../compute/step'
import type { DataSet } from '../../data/dataset'
import { componentLogProb } from '../../models/components'
import type { Model } from '../../models/model'
import { writeWhole } from '../../platform/files'
import path from '../../platform/path'
import { encodeSafetensors } from '../../storage/safetensors'
import { BATCH, graphOf, type Write } from './graph'

/** Draws of a prior that is known by its density. */
const PRIOR_DRAWS = 10_000

/** The prior, where it is not N(0, 1): moments of its normals, or its density and draws. */
export function writePrior(model: Model<DataSet>, write: Write, target: string): void {
  const { prior, latent } = model
  if (prior.factor ?? (prior.logProb && !prior.mixture)) return writeDensity(model, write, target)
  const moments = evaluateOnce(() => (prior.mixture ?? prior.moments)(), {}, [0, 0])
  const [components] = moments.mean.shape
  const isStandard =
    components === 1 && moments.mean.values.every((m) => m === 0) && moments.sd.values.every((s) => s === 1)
  if (isStandard) return
  write('prior.onnx', {
    nodes: ['mean', 'sd'].map((name) => ({ op: 'Identity', inputs: [`prior ${name}`], outputs: [name] })),
    initializers: (['mean', 'sd'] as const).map((name) => ({
      name: `prior ${name}`,
      dims: [components, latent],
      data: Float32Array.from(moments[name].values),
    })),
    inputs: [],
    outputs: ['mean', 'sd'].map((name) => ({ name, shape: [components, latent] })),
  })
}

function writeDensity(model: Model<DataSet>, write: Write, target: string): void {
  const { prior, latent, components } = model
  const density = (z: tf.Tensor): tf.Tensor => {
    if (prior.logProb) return tf.sum(prior.logProb(z), -1, true)
    const each = tf.sum(componentLogProb(prior, tf.expandDims(z, 1)), -1)
    return tf.sub(tf.logSumExp(each, 1, true), Math.log(components))
  }
  write('prior.onnx', {
    ...graphOf('model.prior', density, { from: latent, to: 1 }, { input: 'z', output: 'log_prob' }),
    inputs: [{ name: 'z', shape: [BATCH, latent] }],
    outputs: [{ name: 'log_prob', shape: [BATCH, 1] }],
  })
  const drawn = evaluateOnce((_, draws) => ({ draws: model.drawPrior(draws, PRIOR_DRAWS) }), {}, [0, 0])
  const draws = { shape: [PRIOR_DRAWS, latent], values: Float32Array.from(drawn.draws.values) }
  writeWhole(path.join(target, 'prior-draws.safetensors'), encodeSafetensors({ draws }))
}
