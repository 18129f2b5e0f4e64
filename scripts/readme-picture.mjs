// The README's picture, taken out of the executed tour: docs/collapse.png.
//
//   node scripts/readme-picture.mjs
import { Buffer } from 'node:buffer'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const { cells } = JSON.parse(readFileSync(path.join(root, 'notebooks', 'tour.ipynb'), 'utf8'))
const chart = cells
  .flatMap(({ outputs = [] }) => outputs)
  .find(({ data }) => [data?.['text/plain']].flat().join('').includes('How much each latent variable says'))
const picture = chart?.data['image/png']
if (picture === undefined)
  throw new Error('notebooks/tour.ipynb holds no such picture: run npm start and copy out/tour.ipynb there')

const file = path.join(root, 'docs', 'collapse.png')
mkdirSync(path.dirname(file), { recursive: true })
writeFileSync(`${file}.new`, Buffer.from([picture].flat().join(''), 'base64'))
renameSync(`${file}.new`, file)
console.log(`${path.relative(root, file)}: the chart of notebooks/tour.ipynb`)
