import escapeHtml from 'escape-html'
import type { DecoderNotes } from './notes'
import { DECODER_STYLE, DECODER_VIEW } from './view'

/** The page of an exported decoder: it reads `model.json` and draws E[x|z] for the z of its sliders. */
export const decoderPage = ({ title }: DecoderNotes): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}${DECODER_STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p id="message" role="status">reading the decoder …</p>
<main class="decoder"></main>
<script src="tf.min.js"></script>
<script>'use strict'
${DECODER_VIEW}${SCRIPT}</script>
</body>
</html>
`

const STYLE = `
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 24px auto; max-width: 900px; padding: 0 16px }
h1 { font-size: 20px; margin: 0 0 4px }
#message { color: GrayText; margin: 0 0 16px }
`

const SCRIPT = `
const showMessage = (text) => { document.querySelector('#message').textContent = text }

async function start() {
  if (location.protocol === 'file:')
    return showMessage('A browser reads no other files for a page opened from disk. In this folder: python3 -m http.server, then open http://localhost:8000')
  // A full URL: for a bare name TensorFlow.js looks for the weights at the server's root.
  const model = await tf.loadGraphModel(new URL('model.json', location.href).href)
  const notes = model.metadata.lidvae
  const decode = (rows) => {
    let mean
    // tidy looks through what it returns, number by number.
    tf.tidy(() => { mean = model.execute({ z: tf.tensor2d(rows) }, 'mean').dataSync() })
    return mean
  }
  await decoderView(document.querySelector('main'), notes, decode)
  showMessage(notes.kind + ', ' + notes.latent + ' units of z, decoded in this page by TensorFlow.js (' + tf.getBackend() + ')')
}

start().catch((error) => showMessage('The decoder cannot be read: ' + error.message))
`
