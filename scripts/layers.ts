// npm run layers: writes the table of the rooms of src/ into CONTRIBUTING.md, from the imports as they are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(__dirname, '..')
// eslint-disable-next-line @typescript-eslint/no-require-imports -- a configuration in plain JavaScript, without types
const config = require('../.dependency-cruiser.cjs') as { forbidden: { name: string }[] }
const page = path.join(root, 'CONTRIBUTING.md')
const BEGIN = '<!-- layers: made by npm run layers -->'
const END = '<!-- end of layers -->'

/** What each room holds, in a line. */
const HOLDS: Record<string, string> = {
  base: 'errors, options, estimates, provenance: plain functions that need nothing',
  platform: 'what differs between Node and a browser: files, hashes, locks, the machine, signals',
  storage: 'file formats: checksummed JSON, safetensors',
  compute: 'engines, kernels, graphs, optimizers, random streams, weights',
  data: 'data sets, readers of files, batches',
  distributions: 'likelihoods and densities',
  layers: 'input-convex networks, Brenier maps, full-rank maps, LSTM, flows',
  inference: 'HMC, ADVI, quadrature',
  models: 'prior, conditional, posterior; the builders; text',
  training: 'objectives, schedules, `fit`, checkpoints',
  fixes: 'earlier fixes of collapse, each one part of a model or its training',
  metrics: 'estimators and verdicts',
  plots: 'results in, Vega-Lite specifications out',
  export: 'decoders for other programs',
  runs: 'load, rerun: what needs every part there is',
  display: 'show, save, pictures, the live view',
  audit: 'models of other frameworks, measured and reported',
  kernel: 'what is added to tslab',
  setup: 'installers of TensorFlow and Jupyter',
  runner: 'notebooks without a browser',
  apps: 'the command, the labs, Table 1',
}

/** The rooms, lowest first, as the configuration of lint orders them. */
export const rooms = (): string[] =>
  config.forbidden
    .flatMap(({ name }) => (name.startsWith('down-from-') ? [name.slice(10)] : []))
    .concat('apps')

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name)
    return entry.isDirectory() ? files(file) : entry.name.endsWith('.ts') ? [file] : []
  })
}

/** The other rooms that a room imports from. */
function importedBy(room: string): string[] {
  const found = new Set<string>()
  for (const file of files(path.join(root, 'src', room)))
    for (const [, to] of readFileSync(file, 'utf8').matchAll(/ from '(\.[^']*)'/g)) {
      const target = path
        .relative(path.join(root, 'src'), path.resolve(path.dirname(file), to))
        .split(path.sep)[0]
      if (target !== room) found.add(target)
    }
  return rooms().filter((one) => found.has(one))
}

/** The table of the rooms as Markdown, formatted as Prettier does. */
export function layersTable(): string {
  const cells = [
    ['room', 'what it holds', 'imports from'],
    ...rooms()
      .reverse()
      .map((room) => [`\`${room}\``, HOLDS[room], importedBy(room).join(', ') || 'nothing']),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column].length)))
  const line = (row: string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [BEGIN, '', line(cells[0]), rule, ...cells.slice(1).map(line), '', END].join('\n')
}

if (require.main === module) {
  const text = readFileSync(page, 'utf8')
  const [before, rest] = text.split(BEGIN)
  writeFileSync(page, before + layersTable() + rest.split(END)[1])
}
