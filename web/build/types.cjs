// Which declarations the compiler reads for a notebook, as one JSON file: node web/build/types.cjs OUT
//
// A converter runs in Node on the imports of the notebooks, and what it reads is kept. Node's own types, two megabytes,
// are replaced by the few that a browser has too.
const { mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const path = require('node:path')

const root = path.resolve(__dirname, '..', '..')
const folder = mkdtempSync(path.join(tmpdir(), 'lidvae-types-'))
mkdirSync(path.join(folder, 'node_modules'))
for (const name of ['lidvae', 'arquero', '@types'])
  symlinkSync(
    name === 'lidvae' ? root : path.join(root, 'node_modules', name),
    path.join(folder, 'node_modules', name),
    'junction',
  )
process.chdir(folder)

const ts = require('@tslab/typescript-for-tslab')
const read = new Map()
const original = ts.sys.readFile
ts.sys.readFile = (file, encoding) => {
  const text = original.call(ts.sys, file, encoding)
  if (text !== undefined) read.set(file, text)
  return text
}
const { createConverter } = require('tslab/dist/converter.js')
const converter = createConverter({ isJS: false, isBrowser: false })
const cell =
  "import * as lid from 'lidvae'\nimport * as aq from 'arquero'\nconst model = lid.vae({ likelihood: lid.gaussian(2), latent: 2 })\nconst table = aq.table({})\nmodel"
const { declOutput } = converter.convert('', cell)
converter.inspect(declOutput ?? '', 'lid.fit', 5)
converter.close()

/**
 * Shift-Tab shows comments: those of packages that no cell uses by name are left out, notices of licences kept once.
 */
const SILENT = /[\\/](@tensorflow[\\/]tfjs-(?!core)[\w-]+|@webgpu|apache-arrow)[\\/]/
const notices = new Set()
const withoutComments = (text) =>
  text.replace(/\/\*[^]*?\*\/\n?/g, (comment) => {
    if (!/@license|copyright/i.test(comment) || notices.has(comment)) return ''
    notices.add(comment)
    return comment
  })

const libraries = path.dirname(require.resolve('@tslab/typescript-for-tslab'))
const out = {}
for (const [file, whole] of read) {
  if (/@types[\\/]node|undici-types|__(tslab|prev)__/.test(file)) continue
  const text = SILENT.test(file) ? withoutComments(whole) : whole
  if (path.dirname(file) === libraries) out[`/lib/${path.basename(file)}`] = text
  else if (file.startsWith(path.join(root, 'node_modules')))
    out[`/cells/node_modules/${path.relative(path.join(root, 'node_modules'), file)}`] = text
  else if (file.startsWith(folder)) out[`/cells/${path.relative(folder, file)}`] = text
  else if (file.startsWith(root)) out[`/cells/node_modules/lidvae/${path.relative(root, file)}`] = text
}
out['/cells/node_modules/@types/node/package.json'] =
  '{"name":"@types/node","version":"20.0.0","types":"index.d.ts"}'
out['/cells/node_modules/@types/node/index.d.ts'] = readFileSync(
  path.join(__dirname, 'globals.d.ts.txt'),
  'utf8',
)
writeFileSync(process.argv[2], JSON.stringify(out))
rmSync(folder, { recursive: true, force: true })
