// A worker that trains one model and shows its state after each epoch.
import type * as edition from '../../src/browser'
import type { FromModel, Settings, ToModel } from './messages'

type Library = typeof edition

declare const self: {
  postMessage(message: FromModel): void
  onmessage: unknown
  location: { href: string }
}

/** Points on each side of the training, and in a cloud that was clicked. */
const POINTS = { train: 1000, test: 400 }
const CLOUD = { points: 60, sd: 0.22 }
const IMAGES = { train: 800, test: 300, hidden: 64, components: 10 }

const library = import(
  new URL('../lidvae/dist/browser/lidvae.js', self.location.href).href
) as Promise<Library>

let current = 0
let stop = new AbortController()
let ended: Promise<unknown> = Promise.resolve()
let beta = 1
let paused = false
let resume: () => void = () => undefined

/** Normal draws that depend on a seed only. */
function normals(seed: number): () => number {
  let state = seed * 2654435761 + 1
  const uniform = (): number => {
    state = (Math.imul(state ^ (state >>> 15), state | 1) + 0x6d2b79f5) | 0
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform() * 0.999999)) * Math.cos(2 * Math.PI * uniform())
}

function cloudsOf(lid: Library, clouds: Settings['clouds'], seed: number) {
  const draw = normals(seed)
  const labels = clouds.flatMap((_, k) => new Array<number>(CLOUD.points).fill(k))
  const x = labels.flatMap((k) => clouds[k].map((at) => at + CLOUD.sd * draw()))
  return new lid.DataSet({
    name: 'your points',
    x: Float32Array.from(x),
    shape: [2],
    values: 'real',
    labels: Int32Array.from(labels),
    labelNames: clouds.map((_, k) => `cloud ${k + 1}`),
    source: 'clicked',
  })
}

async function dataOf(lid: Library, { data, clouds, seed }: Settings) {
  if (data === 'images') {
    const { train, test } = IMAGES
    return lid.data.fashionMnist({ train, test, onNote: () => undefined })
  }
  if (data === 'pinwheel') return lid.data.pinwheel({ ...POINTS, seed })
  return { train: cloudsOf(lid, clouds, seed), test: cloudsOf(lid, clouds, seed + 1) }
}

function build(lid: Library, settings: Settings) {
  const { kind, data, latent, sigma, mu, start, seed } = settings
  const images = data === 'images'
  const shared = {
    likelihood: images ? lid.bernoulli(784) : lid.gaussian(2, { sigma }),
    latent,
    components: images ? IMAGES.components : data === 'pinwheel' ? 5 : Math.max(2, settings.clouds.length),
    hidden: images ? IMAGES.hidden : 64,
    seed,
  }
  const { freeMeans, anchoredMeans } = lid.parts
  if (kind === 'plain')
    return lid.gmvae({ ...shared, prior: freeMeans({ floor: images ? 0.3 : 0.1, start }) })
  // In the plane the twist map, whose constant is the product of its layers'.
  if (!images && latent === 2)
    return lid.lidmvae({
      ...shared,
      prior: anchoredMeans({ floor: 0.1, covariance: 'full' }),
      injective: { map: 'twist', mu: [mu ** (2 / 3), mu ** (1 / 3)] },
    })
  return lid.lidmvae({ ...shared, injective: { mu: Math.sqrt(mu) } })
}

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

async function train(run: number, settings: Settings, signal: AbortSignal): Promise<void> {
  const lid = await library
  await lid.start()
  const { train: data, test } = await dataOf(lid, settings)
  if (signal.aborted) return
  const images = settings.data === 'images'
  const model = build(lid, settings)
  const { components } = model
  const batchSize = images ? 100 : 50
  const perEpoch = Math.ceil(data.size / batchSize)
  const steps = images ? 1500 : 4000
  const epochs = Math.ceil(steps / perEpoch)
  const look = async ({
    step,
    reconstruction,
    klZ,
    klW,
  }: {
    step: number
    reconstruction: number
    klZ: number
    klW: number
  }) => {
    const { mean, w, component } = await lid.encode(model, test)
    const z = Float32Array.from({ length: 2 * test.size }, (_, i) =>
      i % 2 < settings.latent ? mean[Math.floor(i / 2) * settings.latent + (i % 2)] : 0,
    )
    const pictures: number[] = []
    if (images)
      for (let k = 0; k < components; k++)
        pictures.push(...(await lid.sample(model, { count: 1, component: k, seed: 1 })).mean)
    self.postMessage({
      type: 'snapshot',
      run,
      step,
      steps: epochs * perEpoch,
      fit: reconstruction,
      price: klZ + klW,
      information: information(w, components),
      most: Math.log(components),
      z,
      labels: Int32Array.from(test.labels ?? []),
      component,
      certainty: Float32Array.from(
        component,
        (k, i) => (w[i * components + k] - 1 / components) / (1 - 1 / components),
      ),
      x: images ? Float32Array.from(pictures) : test.x,
    })
  }
  // The first picture is that of the untrained model: it comes at once.
  await look({ step: 0, reconstruction: NaN, klZ: NaN, klW: NaN })
  try {
    await lid.fit(model, data, {
      epochs,
      batchSize,
      optimizer: lid.optimizers.adam({ rate: lid.optimizers.cosineDecay(images ? 2e-3 : 1e-2) }),
      klWeight: () => beta,
      seed: settings.seed,
      verbose: false,
      signal,
      onEpoch: async (row) => {
        await look(row)
        while (paused && !signal.aborted) await new Promise<void>((later) => (resume = later))
      },
    })
  } finally {
    model.dispose()
  }
}

self.onmessage = ({ data }: { data: ToModel }) => {
  if (data.type === 'beta') {
    beta = data.beta
    return
  }
  if (data.type === 'pause') {
    paused = data.paused
    return resume()
  }
  const { run, settings } = data
  current = run
  stop.abort()
  resume()
  const { signal } = (stop = new AbortController())
  ended = ended.then(async () => {
    if (signal.aborted) return
    beta = settings.beta
    await train(run, settings, signal).catch((error: unknown) => {
      if (!signal.aborted && current === run)
        self.postMessage({ type: 'failed', run, why: error instanceof Error ? error.message : String(error) })
    })
  })
}
