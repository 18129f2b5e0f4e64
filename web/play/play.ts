// The landing page: settings on one side, two models that train in workers on the other.
import { editor } from './editor'
import type { DataName, Settings } from './messages'
import { find, Panel, type Kind } from './panel'

const form = find<HTMLFormElement>('#settings')
const slider = (name: string): HTMLInputElement => find(`input[name=${name}]`, form)

let paused = false

const panels = (['plain', 'identifiable'] as const).map((kind) => new Panel(kind, (one) => settings(one)))
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
  setPaused(false)
  if (data() === 'points' && own.clouds().length < 2) return
  for (const panel of panels) panel.begin()
}

function setPaused(now: boolean): void {
  paused = now
  const button = find<HTMLButtonElement>('#pause')
  button.textContent = now ? 'Go on' : 'Pause'
  tellPause()
}

/** They rest while nobody sees the page, too. */
function tellPause(): void {
  for (const panel of panels) panel.tell({ type: 'pause', paused: paused || document.hidden })
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
  // A model that is trained would not notice another price.
  if (name !== 'beta' || panels.every((panel) => panel.isDone)) begin()
})
form.addEventListener('submit', (event) => event.preventDefault())
find('#again').addEventListener('click', begin)
find('#train').addEventListener('click', begin)
find('#clear').addEventListener('click', () => own.clear())
find('#pause').addEventListener('click', () => setPaused(!paused))
document.addEventListener('visibilitychange', tellPause)
const redraw = (): void => panels.forEach((panel) => panel.draw())
addEventListener('resize', redraw)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)

begin()
