// One of the two models: its worker, what it told, and where that is drawn.
import { likeClasses } from './classes'
import { drawLines, drawPictures, drawPoints } from './drawing'
import { Decoder } from './decoder'
import { download, filesOf } from './files'
import type { FromModel, Settings, Snapshot, ToModel } from './messages'
import { words } from './words'

export type Kind = Settings['kind']

export const find = <E extends Element>(selector: string, within: ParentNode = document): E =>
  within.querySelector<E>(selector)!

const calm = matchMedia('(prefers-reduced-motion: reduce)')
/** Milliseconds between two pictures: fewer where motion is unwanted. */
const every = (): number => (calm.matches ? 4000 : 80)

/** A model of the page. */
export class Panel {
  private readonly worker = new Worker(new URL('./model.js', import.meta.url), { type: 'module' })
  private readonly section: HTMLElement
  private last: Snapshot | undefined
  private drawn = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly fit: [number, number][] = []
  private readonly price: [number, number][] = []

  private readonly decoder: Decoder
  private run = 0

  constructor(
    readonly kind: Kind,
    private readonly settings: (kind: Kind) => Settings,
  ) {
    this.section = find(`#${kind}`)
    const title = this.section.getAttribute('aria-label')!
    this.section.append(find<HTMLTemplateElement>('#model').content.cloneNode(true))
    find('h2', this.section).textContent = title
    for (const one of this.section.querySelectorAll('[aria-label*="{model}"]'))
      one.setAttribute('aria-label', one.getAttribute('aria-label')!.replace('{model}', title.toLowerCase()))
    this.decoder = new Decoder(find('details', this.section), (message) => this.tell(message))
    this.worker.onmessage = ({ data }: MessageEvent<FromModel>) => this.hear(data)
    this.worker.onerror = () =>
      this.say('bad', '<b>It could not start.</b> A newer browser may help: it needs WebAssembly with SIMD.')
    find('.save', this.section).addEventListener('click', () => this.tell({ type: 'save' }))
    const chosen = find<HTMLInputElement>('.load', this.section)
    chosen.addEventListener('change', () => void this.open([...(chosen.files ?? [])]))
  }

  private hear(data: FromModel): void {
    if (data.type === 'saved') download(`lidvae-${this.kind}.zip`, data.files)
    else if (data.type === 'notes' || data.type === 'decoded') this.decoder.hear(data)
    else if (data.run !== this.run) return
    else if (data.type === 'failed') this.say('bad', `<b>It does not work.</b> ${escape(data.why)}`)
    else this.take(data)
  }

  tell(message: ToModel): void {
    this.worker.postMessage(message)
  }

  /** Trains a new model. */
  begin(): void {
    this.forget('Begins …')
    this.tell({ type: 'begin', run: this.run, settings: this.settings(this.kind) })
  }

  /** Shows a model that was saved, here or by a program. */
  private async open(chosen: File[]): Promise<void> {
    this.forget('Opens …')
    try {
      const files = await filesOf(chosen)
      this.tell({ type: 'load', run: this.run, settings: this.settings(this.kind), files })
    } catch (error) {
      this.say('bad', `<b>It does not work.</b> ${escape((error as Error).message)}`)
    }
  }

  private forget(said: string): void {
    this.run++
    this.fit.length = this.price.length = this.drawn = 0
    this.last = undefined
    this.decoder.forget()
    this.say('', said)
  }

  private say(mood: string, html: string): void {
    const verdict = find<HTMLElement>('.verdict', this.section)
    verdict.className = `verdict ${mood}`
    if (verdict.innerHTML !== html) verdict.innerHTML = html
    // Percents change all the time: only the verdict itself is read aloud.
    const [heard, said] = [find('.heard', this.section), verdict.querySelector('b')?.textContent ?? '']
    if (heard.textContent !== said) heard.textContent = said
  }

  /** Whether it was trained to the end. */
  get isDone(): boolean {
    return this.fit.length > 1 && this.last?.step === this.last?.steps
  }

  private take(snapshot: Snapshot): void {
    if (!this.last) this.decoder.begin()
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
    this.decoder.draw()
    const { step, steps, z, labels, component, certainty, x, fit, price, information } = this.last
    const canvas = (name: string): HTMLCanvasElement => find(`canvas.${name}`, this.section)
    drawPoints(canvas('latent'), z, labels)
    if (x.length === z.length) drawPoints(canvas('data'), x, likeClasses(component, labels), { certainty })
    else drawPictures(canvas('data'), x)
    const lines = [
      { name: 'fit', color: '--accent', values: smooth(this.fit) },
      { name: 'price', color: '--bad', values: smooth(this.price) },
    ]
    drawLines(canvas('elbo'), lines, Math.max(step, 200))
    find<HTMLProgressElement>('progress', this.section).value = steps > 0 ? step / steps : 0
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
