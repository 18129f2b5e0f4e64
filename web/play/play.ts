// The landing page: settings on one side, two models that train in workers on the other.
import { drawLines, drawPictures, drawPoints } from './drawing'
import { editor } from './editor'
import type { DataName, FromModel, Settings, Snapshot, ToModel } from './messages'
import { words } from './words'

const KINDS = ['plain', 'identifiable'] as const
type Kind = (typeof KINDS)[number]

const find = <E extends Element>(selector: string, within: ParentNode = document): E =>
  within.querySelector<E>(selector)!
const form = find<HTMLFormElement>('#settings')
const slider = (name: string): HTMLInputElement => find(`input[name=${name}]`, form)
const calm = matchMedia('(prefers-reduced-motion: reduce)')
/** Milliseconds between two pictures: fewer where motion is unwanted. */
const every = (): number => (calm.matches ? 4000 : 80)

let run = 0
let paused = false

/** One model: its worker, what it told, and where that is drawn. */
class Panel {
  private readonly worker = new Worker(new URL('./model.js', import.meta.url), { type: 'module' })
  private readonly section: HTMLElement
  private last: Snapshot | undefined
  private drawn = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly fit: [number, number][] = []
  private readonly price: [number, number][] = []

  constructor(readonly kind: Kind) {
    this.section = find(`#${kind}`)
    this.worker.onmessage = ({ data }: MessageEvent<FromModel>) => {
      if (data.run !== run) return
      if (data.type === 'failed') this.say('bad', `<b>It could not train.</b> ${escape(data.why)}`)
      else this.take(data)
    }
    this.worker.onerror = () =>
      this.say('bad', '<b>It could not start.</b> A newer browser may help: it needs WebAssembly with SIMD.')
  }

  tell(message: ToModel): void {
    if (message.type === 'begin') {
      this.fit.length = this.price.length = this.drawn = 0
      this.last = undefined
      this.say('', 'Begins …')
    }
    this.worker.postMessage(message)
  }

  private say(mood: string, html: string): void {
    const verdict = find<HTMLElement>('.verdict', this.section)
    verdict.className = `verdict ${mood}`
    if (verdict.innerHTML !== html) verdict.innerHTML = html
  }

  private take(snapshot: Snapshot): void {
    this.last = snapshot
    if (Number.isFinite(snapshot.fit)) {
      this.fit.push([snapshot.step, snapshot.fit])
      this.price.push([snapshot.step, snapshot.price])
    }
    const wait = this.drawn + every() - performance.now()
    if (wait <= 0 || snapshot.step === snapshot.steps) this.draw()
    else this.timer ??= setTimeout(() => this.draw(), wait)
  }

  draw(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.drawn = performance.now()
    if (!this.last) return
    const { step, steps, z, labels, component, certainty, x, fit, price, information } = this.last
    const canvas = (name: string): HTMLCanvasElement => find(`canvas.${name}`, this.section)
    drawPoints(canvas('latent'), z, labels)
    if (x.length === z.length) drawPoints(canvas('data'), x, component, { certainty })
    else drawPictures(canvas('data'), x)
    const lines = [
      { name: 'fit', color: '--accent', values: smooth(this.fit) },
      { name: 'price', color: '--bad', values: smooth(this.price) },
    ]
    drawLines(canvas('elbo'), lines, steps)
    find<HTMLProgressElement>('progress', this.section).value = step / steps
    const two = (value: number): string => value.toFixed(2).replace('-', '−')
    find('.numbers', this.section).textContent = Number.isFinite(fit)
      ? `step ${step} of ${steps}: fit ${two(fit)}, price ${two(price)}, ELBO ${two(fit - price)}; I(x; w) ${two(information)} nats`
      : 'step 0: not trained yet'
    const { mood, html } = words(this.last, this.kind)
    this.say(mood, html)
  }
}

/** Without the first steps, whose fall would hide the rest. */
const smooth = (line: readonly [number, number][]): [number, number][] =>
  line.slice(Math.min(Math.ceil(line.length / 5), 10))

const escape = (text: string): string => text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`)

const panels = KINDS.map((kind) => new Panel(kind))
const own = editor(find('#editor'))

const data = (): DataName => (new FormData(form).get('data') as DataName | null) ?? 'pinwheel'

function settings(kind: Kind): Settings {
  const number = (name: string): number => Number(slider(name).value)
  return {
    kind,
    data: data(),
    clouds: own.clouds(),
    beta: number('beta'),
    mu: 10 ** number('mu'),
    sigma: number('sigma'),
    latent: number('latent'),
    start: Math.max(number('start'), 0.01),
    seed: 1,
  }
}

/** Numbers beside the sliders, and which of them matter. */
function show(): void {
  const images = data() === 'images'
  find<HTMLElement>('#own').hidden = data() !== 'points'
  slider('latent').max = images ? '8' : '2'
  slider('sigma').closest('label')!.hidden = images
  for (const caption of document.querySelectorAll('figure:nth-child(2) figcaption'))
    caption.textContent = images
      ? 'What each value of w draws'
      : 'The data, coloured by the model’s w; grey: it does not know'
  for (const input of form.querySelectorAll<HTMLInputElement>('input[type=range]')) {
    const value = Number(input.value)
    const text = input.name === 'mu' ? (10 ** value).toPrecision(1) : String(value)
    find('output', input.closest('label')!).textContent = text
    input.setAttribute('aria-valuetext', text)
  }
}

function begin(): void {
  show()
  run++
  setPaused(false)
  if (data() === 'points' && own.clouds().length < 2) return
  for (const panel of panels) panel.tell({ type: 'begin', run, settings: settings(panel.kind) })
}

function setPaused(now: boolean): void {
  paused = now
  const button = find<HTMLButtonElement>('#pause')
  button.textContent = now ? 'Go on' : 'Pause'
  button.setAttribute('aria-pressed', String(now))
  for (const panel of panels) panel.tell({ type: 'pause', paused: now })
}

form.addEventListener('input', (event) => {
  show()
  const { name } = event.target as HTMLInputElement
  // The price may change while they train; everything else makes other models.
  if (name === 'beta')
    for (const panel of panels) panel.tell({ type: 'beta', beta: Number(slider('beta').value) })
})
form.addEventListener('change', (event) => {
  const { name } = event.target as HTMLInputElement
  if (name === 'data') slider('latent').value = '2'
  if (name !== 'beta') begin()
})
form.addEventListener('submit', (event) => event.preventDefault())
find('#again').addEventListener('click', begin)
find('#train').addEventListener('click', begin)
find('#clear').addEventListener('click', () => own.clear())
find('#pause').addEventListener('click', () => setPaused(!paused))
document.addEventListener('visibilitychange', () => {
  if (document.hidden !== paused) setPaused(document.hidden)
})
const redraw = (): void => panels.forEach((panel) => panel.draw())
addEventListener('resize', redraw)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)

begin()
