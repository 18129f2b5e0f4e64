import escapeHtml from 'escape-html'
import type { DecoderNotes } from './exportDecoder'

/** The page of an exported decoder: it reads `model.json` and draws E[x|z] for the z of its sliders. */
export const decoderPage = ({ title }: DecoderNotes): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p id="message" role="status">reading the decoder …</p>
<main hidden>
<section>
<canvas id="picture"></canvas>
<p><button id="draw">draw z from the prior</button> <button id="mean">mean of the prior</button></p>
<p id="start"><label>z of a data point <select><option value="">choose</option></select></label></p>
</section>
<section id="sliders"></section>
</main>
<script src="tf.min.js"></script>
<script>${SCRIPT}</script>
</body>
</html>
`

const STYLE = `
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 24px auto; max-width: 900px; padding: 0 16px }
h1 { font-size: 20px; margin: 0 0 4px }
#message { color: GrayText; margin: 0 0 16px }
main { display: flex; flex-wrap: wrap; gap: 32px }
main[hidden] { display: none }
canvas { border: 1px solid GrayText; display: block; image-rendering: pixelated; width: 280px }
#sliders { flex: 1; min-width: 280px; max-height: 80vh; overflow: auto }
#sliders label { align-items: center; display: grid; gap: 8px; grid-template-columns: 3em 1fr 4em }
output { text-align: right; font-variant-numeric: tabular-nums }
`

const SCRIPT = `
'use strict'
const $ = (selector) => document.querySelector(selector)
const showMessage = (text) => { $('#message').textContent = text }

async function start() {
  if (location.protocol === 'file:')
    return showMessage('A browser reads no other files for a page opened from disk. In this folder: python3 -m http.server, then open http://localhost:8000')
  // A full URL: for a bare name TensorFlow.js looks for the weights at the server's root.
  const model = await tf.loadGraphModel(new URL('model.json', location.href).href)
  const notes = model.metadata.lidvae
  const z = notes.range.map(({ mean }) => mean)
  const sliders = new Map()

  const show = () => {
    const x = tf.tidy(() => model.execute({ z: tf.tensor2d([z]) }, 'mean').dataSync())
    notes.shape.length > 1 ? image(x, notes.shape) : bars(x, notes.features)
    for (const [unit, { input, output }] of sliders) {
      input.value = z[unit]
      output.value = z[unit].toFixed(2)
    }
  }
  const moveTo = (code) => { code.forEach((value, unit) => (z[unit] = value)); show() }

  for (const unit of notes.units) {
    const { min, max } = notes.range[unit]
    const label = document.createElement('label')
    const input = Object.assign(document.createElement('input'), { type: 'range', min, max, step: 'any' })
    const output = document.createElement('output')
    label.append('z ' + unit, input, output)
    input.addEventListener('input', () => { z[unit] = Number(input.value); show() })
    sliders.set(unit, { input, output })
    $('#sliders').append(label)
  }
  let drawn = 0
  $('#draw').addEventListener('click', () => moveTo(notes.draws[drawn++ % notes.draws.length]))
  $('#mean').addEventListener('click', () => moveTo(notes.range.map(({ mean }) => mean)))
  $('#start').hidden = notes.starts.length === 0
  const select = $('#start select')
  notes.starts.forEach(({ name }, i) => select.append(new Option(name, i)))
  select.addEventListener('change', () => { if (select.value !== '') moveTo(notes.starts[select.value].z) })
  $('main').hidden = false
  show()
  showMessage(notes.kind + ', ' + notes.latent + ' units of z, decoded in this page by TensorFlow.js (' + tf.getBackend() + ')')
}

/** 1 is black on white, like ink on paper; three channels are colours. */
function image(x, [height, width, colours]) {
  const canvas = Object.assign($('#picture'), { height, width })
  const pixels = new ImageData(width, height)
  for (let i = 0; i < height * width; i++)
    for (let c = 0; c < 4; c++)
      pixels.data[4 * i + c] = c === 3 ? 255 : 255 * (colours === 3 ? x[3 * i + c] : 1 - x[i])
  canvas.getContext('2d').putImageData(pixels, 0, 0)
}

/** The smallest and the largest number seen: bars keep their scale while a slider moves. */
const seen = { least: 0, most: 1e-9 }

/** A bar for each number, from zero. */
function bars(x, names = []) {
  const [row, left, width] = [22, 120, 560]
  const canvas = Object.assign($('#picture'), { height: 2 * row * x.length, width })
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

start().catch((error) => showMessage('The decoder cannot be read: ' + error.message))
`
