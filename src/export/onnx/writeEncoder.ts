import * as tf from '@tensorflow/tfjs'
import type { DataSet } from '../../data/dataset'
import type { Model } from '../../models/model'
import { BATCH, graphOf, type Write } from './graph'

/** x → mean, logvar, and w_logits of a mixture, from one graph. */
export function writeEncoder({ posterior, latent, dim, components }: Model<DataSet>, write: Write): void {
  const { branches } = posterior
  const width = branches * latent
  const sizes = [width, width, ...(components > 1 ? [components] : [])]
  const names = ['mean', 'logvar', 'w_logits'].slice(0, sizes.length)
  const graph = graphOf(
    'model.posterior',
    (x) => {
      const { mean, sd, logW } = posterior.encode(x)
      const count = mean.shape[0]
      const moments = [mean, tf.mul(2, tf.log(sd))].map((part) => tf.reshape(part, [count, width]))
      return tf.concat([...moments, ...(components > 1 ? [logW] : [])], 1)
    },
    { from: dim, to: sizes.reduce((a, b) => a + b) },
    { input: 'x', output: 'moments' },
  )
  const flat = names.map((name, i) => (branches > 1 && i < 2 ? `${name} flat` : name))
  graph.initializers.push({ name: 'sizes', dims: [sizes.length], data: BigInt64Array.from(sizes, BigInt) })
  graph.nodes.push({
    op: 'Split',
    inputs: ['moments', 'sizes'],
    outputs: flat,
    attributes: { axis: 1 },
  })
  if (branches > 1) {
    const shape = BigInt64Array.from([-1, branches, latent], BigInt)
    graph.initializers.push({ name: 'each', dims: [3], data: shape })
    for (const [i, name] of ['mean', 'logvar'].entries())
      graph.nodes.push({ op: 'Reshape', inputs: [flat[i], 'each'], outputs: [name] })
  }
  const shapeOf = (i: number) => (i === 2 ? [components] : branches > 1 ? [branches, latent] : [latent])
  write('encoder.onnx', {
    ...graph,
    inputs: [{ name: 'x', shape: [BATCH, dim] }],
    outputs: names.map((name, i) => ({ name, shape: [BATCH, ...shapeOf(i)] })),
  })
}
