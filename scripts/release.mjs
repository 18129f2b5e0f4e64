// npm run release: checks, packs and prints what would be published. It publishes nothing.
//
//   node scripts/release.mjs [--out DIR] [--skip-tests]
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { billOfMaterials } from './billOfMaterials.mjs'

const LIMIT = 5_000_000

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'out/release' }, 'skip-tests': { type: 'boolean' } },
})
const out = path.resolve(values.out)
const problems = []

/** Runs a command; its output, or undefined and a problem where it fails. */
function run(what, command, args, stdio = ['ignore', 'pipe', 'inherit']) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio, maxBuffer: 1 << 28 })
  if (status === 0) return stdout ?? ''
  problems.push(`${what} failed`)
  return undefined
}

const read = (file) => readFileSync(file, 'utf8')
const { name, version } = JSON.parse(read('package.json'))

if (run('git status', 'git', ['status', '--porcelain'])?.trim()) problems.push('the working tree has changes')
if (
  !new RegExp(`^## ${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d\\d-\\d\\d\\)$`, 'm').test(
    read('CHANGELOG.md'),
  )
)
  problems.push(`CHANGELOG.md has no heading "## ${version} (date)"`)
if (!read('CITATION.cff').includes(`version: ${version}\n`))
  problems.push(`CITATION.cff is not of version ${version}`)
if (!values['skip-tests'])
  for (const script of ['test', 'test:slow']) run(script, 'npm', ['run', script, '--silent'], 'inherit')

run('the build', process.execPath, ['bin/lidvae.js', '--only-build'])
mkdirSync(out, { recursive: true })
const packed = run('npm pack', 'npm', ['pack', '--json', '--pack-destination', out])
try {
  writeFileSync(path.join(out, 'sbom.json'), `${JSON.stringify(billOfMaterials(), null, 2)}\n`)
} catch (error) {
  problems.push(error.message.trim())
}

if (packed) {
  const [{ filename, files, unpackedSize }] = JSON.parse(packed)
  const file = path.join(out, filename)
  const { size } = statSync(file)
  const sha512 = createHash('sha512').update(readFileSync(file)).digest('base64')
  if (size > LIMIT) problems.push(`the package has ${size} bytes, more than ${LIMIT}`)
  const folders = new Map()
  for (const one of files) {
    const folder = one.path.split('/').slice(0, -1).slice(0, 2).join('/') || '.'
    const { count, bytes } = folders.get(folder) ?? { count: 0, bytes: 0 }
    folders.set(folder, { count: count + 1, bytes: bytes + one.size })
  }
  console.log(`\n${name} ${version}: ${files.length} files`)
  for (const [folder, { count, bytes }] of [...folders].sort((a, b) => b[1].bytes - a[1].bytes))
    console.log(`${String(bytes).padStart(10)} bytes in ${String(count).padStart(4)} files  ${folder}`)
  console.log(`\n${file}\n${size} bytes, ${unpackedSize} unpacked\nsha512-${sha512}`)
  console.log(`bill of materials: ${path.join(out, 'sbom.json')}`)
  console.log(`\nTo publish it: npm publish ${path.relative(process.cwd(), file)}`)
}
for (const problem of problems) console.log(`NOT READY: ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0
