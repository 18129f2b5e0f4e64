/** What `decoderView` draws with: styles of its parts, below an element of the class `decoder`. */
export const DECODER_STYLE = `
.decoder { display: flex; flex-wrap: wrap; gap: 12px 32px }
.decoder canvas { border: 1px solid GrayText; display: block; image-rendering: pixelated; max-width: 100%; width: 280px }
.decoder .sliders { flex: 1; min-width: min(280px, 100%); max-height: 80vh; overflow: auto }
.decoder .sliders label { align-items: center; display: grid; gap: 8px; grid-template-columns: 3em 1fr 4em }
.decoder .buttons { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0 }
.decoder output { text-align: right; font-variant-numeric: tabular-nums }
`

/**
 * The text of the function that draws a decoder in a page: `decoderView(place, notes, decode)` fills an
 * element with a picture of E[x|z] and a slider for each unit of z. `notes` are `DecoderNotes`; `decode` takes
 * rows of z and gives the means, one after another, at once or later. It resolves to `{ show }`, which draws
 * again. Text, since exported pages hold it as it stands; the playground has it as a module.
 */
export const DECODER_VIEW = `
async function decoderView(place, notes, decode) {
  const make = (parent, name, properties = {}) => {
    const element = Object.assign(document.createElement(name), properties)
    parent.append(element)
    return element
  }
  place.replaceChildren()
  const left = make(place, 'section')
  const canvas = make(left, 'canvas')
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', 'The mean of x for this z')
  const buttons = make(left, 'p', { className: 'buttons' })
  const sliders = make(place, 'section', { className: 'sliders' })
  const button = (textContent, move) => {
    make(buttons, 'button', { type: 'button', textContent }).addEventListener('click', move)
  }
  const z = notes.range.map(({ mean }) => mean)
  const parts = new Map()
  const [dim] = notes.shape
  const isPoint = notes.shape.length === 1 && dim === 2

  let asked = 0
  const show = async () => {
    const mine = ++asked
    for (const [unit, { input, output }] of parts) {
      input.value = z[unit]
      output.value = z[unit].toFixed(2)
    }
    // A point alone shows nothing: others, from the prior, stand around it.
    const x = await decode(isPoint ? [z, ...notes.draws] : [z])
    if (mine !== asked) return
    if (isPoint) point(canvas, x)
    else if (notes.shape.length > 1) image(canvas, x, notes.shape)
    else bars(canvas, x, notes.features, seen)
  }
  const moveTo = (code) => { code.forEach((value, unit) => (z[unit] = value)); return show() }

  for (const unit of notes.units) {
    const { min, max } = notes.range[unit]
    const label = make(sliders, 'label')
    label.append('z ' + unit)
    const input = make(label, 'input', { type: 'range', min, max, step: 'any' })
    parts.set(unit, { input, output: make(label, 'output') })
    input.addEventListener('input', () => { z[unit] = Number(input.value); show() })
  }
  let drawn = 0
  button('draw z from the prior', () => moveTo(notes.draws[drawn++ % notes.draws.length]))
  button('mean of the prior', () => moveTo(notes.range.map(({ mean }) => mean)))
  if (notes.starts.length > 0) {
    const label = make(make(left, 'p'), 'label')
    label.append('z of a data point ')
    const select = make(label, 'select')
    select.append(new Option('choose', ''))
    notes.starts.forEach(({ name }, i) => select.append(new Option(name, i)))
    select.addEventListener('change', () => { if (select.value !== '') moveTo(notes.starts[select.value].z) })
  }
  /** The smallest and the largest number seen: bars keep their scale while a slider moves. */
  const seen = { least: 0, most: 1e-9 }
  await show()
  return { show }
}

/** 1 is black on white, like ink on paper; three channels are colours. */
function image(canvas, x, [height, width, colours]) {
  Object.assign(canvas, { height, width })
  const pixels = new ImageData(width, height)
  for (let i = 0; i < height * width; i++)
    for (let c = 0; c < 4; c++)
      pixels.data[4 * i + c] = c === 3 ? 255 : 255 * (colours === 3 ? x[3 * i + c] : 1 - x[i])
  canvas.getContext('2d').putImageData(pixels, 0, 0)
}

/** A point of the plane among others. */
function point(canvas, x) {
  const size = 560
  Object.assign(canvas, { height: size, width: size })
  canvas.style.imageRendering = 'auto'
  const ink = canvas.getContext('2d')
  const color = getComputedStyle(canvas).color
  const most = Math.max(1e-6, ...Array.from(x, Math.abs))
  const at = (value) => (size / 2) * (1 + (0.92 * value) / most)
  for (let i = x.length / 2 - 1; i >= 0; i--) {
    ink.globalAlpha = i === 0 ? 1 : 0.35
    ink.fillStyle = i === 0 ? '#d55e00' : color
    ink.beginPath()
    ink.arc(at(x[2 * i]), size - at(x[2 * i + 1]), i === 0 ? 13 : 6, 0, 2 * Math.PI)
    ink.fill()
  }
}

/** A bar for each number, from zero. */
function bars(canvas, x, names = [], seen) {
  const [row, left, width] = [22, 120, 560]
  Object.assign(canvas, { height: 2 * row * x.length, width })
  canvas.style.imageRendering = 'auto'
  const ink = canvas.getContext('2d')
  ink.scale(2, 2)
  ink.font = '12px system-ui, sans-serif'
  ink.fillStyle = getComputedStyle(document.body).color
  seen.least = Math.min(seen.least, ...x)
  seen.most = Math.max(seen.most, ...x)
  const unit = (width / 2 - left - 64) / (seen.most - seen.least)
  x.forEach((value, i) => {
    const zero = left - seen.least * unit
    ink.fillText(String(names[i] ?? 'x ' + i).slice(0, 18), 4, row * i + 15)
    ink.fillRect(Math.min(zero, zero + value * unit), row * i + 5, Math.abs(value * unit), row - 10)
    ink.fillText(value.toPrecision(3), width / 2 - 58, row * i + 15)
  })
}
`
