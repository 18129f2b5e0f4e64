// A worker that trains one model, or loads one, and shows its state after each epoch.
import { build, dataOf, IMAGES, type Library } from './build'
import type { FromModel, SavedFiles, Settings, ToModel } from './messages'
import { snapshotOf } from './snapshot'

declare const self: {
  postMessage(message: FromModel): void
  onmessage: unknown
  location: { href: string }
}
type Model = ReturnType<typeof build>
type Question = Extract<ToModel, { type: 'save' | 'notes' | 'decode' }>

const library = import(
  new URL('../lidvae/dist/browser/lidvae.js', self.location.href).href
) as Promise<Library>

let stop = new AbortController()
let ended: Promise<unknown> = Promise.resolve()
let beta = 1
let paused = false
let resume: () => void = () => undefined

/** The model that is shown; it stays until another takes its place. */
let live: { model: Model; settings: Settings; test: Awaited<ReturnType<typeof dataOf>>['test'] } | undefined
let training = false
const questions: Question[] = []

const FOLDER = 'models/model'
const FILES = ['model.json', 'weights.safetensors']

async function answer(question: Question): Promise<void> {
  if (!live) return
  const lid = await library
  const { model, test } = live
  if (question.type === 'save') {
    lid.save(model, FOLDER)
    const files = Object.fromEntries(FILES.map((name) => [name, lid.files.read(`${FOLDER}/${name}`)]))
    self.postMessage({ type: 'saved', files })
  } else if (question.type === 'notes')
    self.postMessage({ type: 'notes', notes: await lid.decoderNotes(model, { data: test }) })
  else {
    const mean = await lid.decode(model, Float32Array.from(question.rows.flat()))
    self.postMessage({ type: 'decoded', id: question.id, mean })
  }
}

let answering: Promise<unknown> = Promise.resolve()
/** Answers what was asked: between epochs, since no model is used while it makes a step. */
const answerAll = (): Promise<unknown> =>
  (answering = answering.then(async () => {
    for (let one = questions.shift(); one; one = questions.shift()) await answer(one)
  }))

async function train(run: number, settings: Settings, signal: AbortSignal): Promise<void> {
  const lid = await library
  await lid.start()
  const { train: data, test } = await dataOf(lid, settings)
  if (signal.aborted) return
  const images = settings.data === 'images'
  const model = build(lid, settings)
  live = { model, settings, test }
  const batchSize = images ? 100 : 50
  const perEpoch = Math.ceil(data.size / batchSize)
  const epochs = Math.ceil((images ? IMAGES.steps : 4000) / perEpoch)
  const look = async (step: number, fit: number, price: number): Promise<void> =>
    self.postMessage(
      await snapshotOf(lid, model, test, { run, step, steps: epochs * perEpoch, fit, price, images }),
    )
  // The first picture is that of the untrained model: it comes at once.
  await look(0, NaN, NaN)
  training = true
  try {
    await lid.fit(model, data, {
      epochs,
      batchSize,
      optimizer: lid.optimizers.adam({ rate: lid.optimizers.cosineDecay(images ? 2e-3 : 1e-2) }),
      klWeight: () => beta,
      seed: settings.seed,
      verbose: false,
      signal,
      onEpoch: async ({ step, reconstruction, klZ, klW }) => {
        await look(step, reconstruction, klZ + klW)
        await answerAll()
        while (paused && !signal.aborted) {
          await new Promise<void>((later) => (resume = later))
          await answerAll()
        }
      },
    })
  } finally {
    training = false
  }
  await answerAll()
}

/** Shows a saved model on the data of the settings. */
async function show(run: number, settings: Settings, files: SavedFiles): Promise<void> {
  const lid = await library
  await lid.start()
  for (const [name, bytes] of Object.entries(files)) lid.files.write(`${FOLDER}/${name}`, bytes)
  const model = lid.load(FOLDER) as Model
  const { test } = await dataOf(lid, settings)
  if (model.dim !== test.dim || model.components < 2) {
    const found = `This model has x of dimension ${model.dim} and ${model.components} classes w`
    model.dispose()
    throw new Error(`${found}; these data need ${test.dim} and at least two. Choose its data above first.`)
  }
  live = { model, settings, test }
  const found = await lid.evaluate(model, test, { samples: 5, priorSamples: 1 })
  const { z, w } = lid.kl(found)
  const price = z.value + w.value
  const fit = lid.elbo(found).value + price
  const { steps } = model
  const images = settings.data === 'images'
  self.postMessage(await snapshotOf(lid, model, test, { run, step: steps, steps, fit, price, images }))
  await answerAll()
}

self.onmessage = ({ data }: { data: ToModel }) => {
  if (data.type === 'beta') beta = data.beta
  else if (data.type === 'pause') {
    paused = data.paused
    resume()
  } else if (data.type === 'begin' || data.type === 'load') {
    const { run, settings } = data
    questions.length = 0
    stop.abort()
    resume()
    const { signal } = (stop = new AbortController())
    ended = ended.then(async () => {
      if (signal.aborted) return
      await answering
      live?.model.dispose()
      live = undefined
      beta = settings.beta
      const work = data.type === 'load' ? show(run, settings, data.files) : train(run, settings, signal)
      await work.catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error)
        if (!signal.aborted) self.postMessage({ type: 'failed', run, why })
      })
    })
  } else {
    questions.push(data)
    if (!training) void answerAll()
    else if (paused) resume()
  }
}
