// The sliders of a model's decoder: the page of an exported decoder, with the worker's model behind it.
import type { DecoderNotes } from '../../src/export/notes'
import type { FromModel, ToModel } from './messages'

interface View {
  show(): Promise<void>
}
interface DecoderModule {
  decoderView: (
    place: Element,
    notes: DecoderNotes,
    decode: (rows: number[][]) => Promise<Float32Array>,
  ) => Promise<View>
}

/** Is made by the build of the site, out of the source of exported pages. */
const load = (): Promise<DecoderModule> =>
  import(new URL('./decoder.js', import.meta.url).href) as Promise<DecoderModule>

/** Asks the worker only while it is unfolded. */
export class Decoder {
  private view: View | undefined
  private asked = false
  private has = false
  private serial = 0
  private drawing = false
  private readonly waiting = new Map<number, (mean: Float32Array) => void>()

  constructor(
    private readonly details: HTMLDetailsElement,
    private readonly tell: (message: ToModel) => void,
  ) {
    details.addEventListener('toggle', () => this.ask())
  }

  /** There is a model now. */
  begin(): void {
    this.has = true
    this.ask()
  }

  /** There is none. */
  forget(): void {
    this.has = this.asked = this.drawing = false
    this.view = undefined
    this.waiting.clear()
  }

  private ask(): void {
    if (!this.has || this.asked || !this.details.open) return
    this.asked = true
    this.tell({ type: 'notes' })
  }

  hear(message: Extract<FromModel, { type: 'notes' | 'decoded' }>): void {
    if (message.type === 'notes') return void this.make(message.notes)
    this.waiting.get(message.id)?.(message.mean)
    this.waiting.delete(message.id)
  }

  private async make(notes: DecoderNotes): Promise<void> {
    const { decoderView } = await load()
    this.view = await decoderView(
      this.details.querySelector('.decoder')!,
      notes,
      (rows) =>
        new Promise((resolve) => {
          const id = ++this.serial
          this.waiting.set(id, resolve)
          this.tell({ type: 'decode', id, rows })
        }),
    )
  }

  /** The model has changed: its picture too. */
  draw(): void {
    if (!this.view || !this.details.open || this.drawing) return
    this.drawing = true
    void this.view.show().finally(() => (this.drawing = false))
  }
}
