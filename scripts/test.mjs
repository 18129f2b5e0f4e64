// npm test: build, types, lint, format, engine and Jupyter once, then every test. The last line is always the counts.
//
//   node scripts/test.mjs [--full] [--browser] [PART OF A FILE NAME …]
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { clearTimeout, setTimeout } from 'node:timers'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const args = process.argv.slice(2)
const full = args.includes('--full')
const browser = args.includes('--browser')
const filters = args.filter((one) => !one.startsWith('--'))
const minutes = full ? 600 : 30

const began = Date.now()
const elapsed = () => ((Date.now() - began) / 1000).toFixed(0)
let stepsFailed = 0

/** Runs one step; a failure is shown and counted, and the others go on. */
function step(name, command, parameters) {
  process.stdout.write(`${name} …\n`)
  const { status } = spawnSync(command, parameters, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status === 0) return true
  console.log(`${name}: FAILED`)
  stepsFailed++
  return false
}

const tool = (file) => path.join('node_modules', file)
const node = process.execPath

function testFiles(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name)
      if (entry.isDirectory()) return testFiles(file)
      return entry.name.endsWith('.test.ts') ? [file] : []
    })
}

function chosen() {
  const inBrowser = path.join('test', 'browser') + path.sep
  const files = testFiles('test').filter((file) => file.startsWith(inBrowser) === browser)
  return filters.length === 0 ? files : files.filter((file) => filters.some((part) => file.includes(part)))
}

/** Everything tests need beside the sources; what cannot be had is said loudly, and its tests are skipped or fail. */
function prepare() {
  step('build', node, ['bin/lidvae.js', '--only-build'])
  // The browser's tests run after all others, which have checked the sources.
  if (filters.length === 0 && !browser) {
    step('types', node, [tool('typescript/bin/tsc'), '-p', 'tsconfig.json'])
    step('lint', node, [tool('eslint/bin/eslint.js'), '.'])
    step('layers', node, [tool('dependency-cruiser/bin/dependency-cruise.mjs'), 'src'])
    step('format', node, [tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'])
    step('format of notebooks', node, ['--import', 'tsx', 'scripts/notebookCode.ts', '--check'])
  }
  if (!existsSync(path.join('dist', 'apps', 'cli', 'index.js'))) return
  step('engine', node, ['bin/lidvae.js', 'setup', '--engine-only'])
  step('jupyter', node, ['bin/lidvae.js', 'setup', '--jupyter-only'])
  const seen = spawnSync(node, ['bin/lidvae.js', 'doctor', '--json'], { encoding: 'utf8' })
  const { native } = JSON.parse(seen.stdout.slice(seen.stdout.indexOf('{'))).engine
  if (!native.found)
    console.log(
      `\n${'!'.repeat(100)}\nNO NATIVE ENGINE: ${native.why}. Tests run on WebAssembly only.\n${'!'.repeat(100)}\n`,
    )
}

/** Runs the files under node's test runner; resolves to its counts, undefined where it did not get that far. */
function runTests(files) {
  const parameters = [
    '--import',
    'tsx',
    '--test',
    '--test-concurrency=2',
    '--test-reporter=./scripts/reporter.mjs',
  ]
  const env = { ...process.env, ...(full ? { LIDVAE_TEST_FULL: '1' } : {}) }
  const child = spawn(node, [...parameters, ...files], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const limit = setTimeout(
    () => {
      console.log(`the tests took longer than ${minutes} minutes and were ended`)
      child.kill('SIGTERM')
    },
    minutes * 60_000 - (Date.now() - began),
  )
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  let counts
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('lidvae-counts ')) counts = JSON.parse(line.slice('lidvae-counts '.length))
    else console.log(line)
  })
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(limit)
      resolve({ counts, code: code ?? 1 })
    })
  })
}

const files = chosen()
if (files.length === 0)
  console.log(`no test file matches${filters.length > 0 ? ` ${filters.join(', ')}` : ''}`)
else prepare()
const { counts, code } = files.length > 0 ? await runTests(files) : { counts: {}, code: 1 }
const { pass = 0, fail = 0, cancelled = 0, skipped = 0, todo = 0 } = counts ?? {}
// A step before the tests counts as one failure; a runner that did not finish as another.
const failed = fail + cancelled + stepsFailed + (counts === undefined ? 1 : 0)
console.log(`in ${elapsed()} s`)
console.log(`${pass} passed, ${failed} failed, ${skipped + todo} skipped`)
process.exitCode = failed > 0 || code !== 0 ? 1 : 0
