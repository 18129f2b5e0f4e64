// The pictures of the README, taken out of the executed notebooks: docs/collapse.png and docs/pictures.
//
//   node scripts/pictures.mjs
import { Buffer } from 'node:buffer'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** The picture, its notebook, and a word of the title of its chart there; the first such chart is taken. */
const pictures = [
  ['docs/collapse.png', 'tour', 'How much information each latent variable carries'],
  ['docs/pictures/ppca.png', 'paper/2-ppca', 'The likelihood is flat in the unused unit'],
  ['docs/pictures/pinwheel.png', 'paper/4-gmvae-collapse', 'Latent space: the arms'],
  ['docs/pictures/text.png', 'paper/5-text', 'The KL of the plain model goes to zero'],
  ['docs/pictures/table.png', 'paper/6-table-1', 'Fashion-MNIST'],
]

for (const [file, notebook, title] of pictures) {
  const { cells } = JSON.parse(readFileSync(path.join(root, 'notebooks', `${notebook}.ipynb`), 'utf8'))
  const chart = cells
    .flatMap(({ outputs = [] }) => outputs)
    .find(
      ({ data }) => data?.['image/png'] !== undefined && [data['text/plain']].flat().join('').includes(title),
    )
  if (chart === undefined)
    throw new Error(`notebooks/${notebook}.ipynb holds no picture "${title}": it must be executed first`)
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true })
  writeFileSync(path.join(root, file), Buffer.from([chart.data['image/png']].flat().join(''), 'base64'))
  console.log(`${file}: from notebooks/${notebook}.ipynb`)
}
