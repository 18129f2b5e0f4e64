// What a model knows at one moment, in numbers that the page draws.
import type { build, dataOf, Library } from './build'
import type { Snapshot } from './messages'

/** I(x; w) = H(mean of q) − mean of H(q), nats. */
function information(w: Float32Array, components: number): number {
  const size = w.length / components
  const entropy = (p: number): number => (p > 1e-12 ? -p * Math.log(p) : 0)
  const mean = new Float64Array(components)
  let within = 0
  w.forEach((p, i) => {
    mean[i % components] += p / size
    within += entropy(p) / size
  })
  return mean.reduce((sum, p) => sum + entropy(p), 0) - within
}

/** The state of a model on held-out data. */
export async function snapshotOf(
  lid: Library,
  model: ReturnType<typeof build>,
  test: Awaited<ReturnType<typeof dataOf>>['test'],
  { images, ...known }: Pick<Snapshot, 'run' | 'step' | 'steps' | 'fit' | 'price'> & { images: boolean },
): Promise<Snapshot> {
  const { components, latent } = model
  const { mean, w, component } = await lid.encode(model, test)
  const pictures: number[] = []
  if (images)
    for (let k = 0; k < components; k++)
      pictures.push(...(await lid.sample(model, { count: 1, component: k, seed: 1 })).mean)
  return {
    type: 'snapshot',
    ...known,
    information: information(w, components),
    most: Math.log(components),
    z: Float32Array.from({ length: 2 * test.size }, (_, i) =>
      i % 2 < latent ? mean[Math.floor(i / 2) * latent + (i % 2)] : 0,
    ),
    labels: Int32Array.from(test.labels ?? []),
    component,
    certainty: Float32Array.from(
      component,
      (k, i) => (w[i * components + k] - 1 / components) / (1 - 1 / components),
    ),
    x: images ? Float32Array.from(pictures) : test.x,
  }
}
