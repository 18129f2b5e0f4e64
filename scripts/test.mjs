// npm test: builds, prepares engine and Jupyter, compiles the tests once, then runs them beside types, lint
// and format. The last line is always the counts.
//
//   node scripts/test.mjs [--slow | --full | --browser] [PART OF A FILE NAME …]
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const require = createRequire(import.meta.url)
require('./testing/compiled.cjs')
const { chosenFiles, mostlyWaits, processes, testFiles } = require('./testing/files.ts')
const args = process.argv.slice(2)
const command = ['slow', 'full', 'browser'].find((one) => args.includes(`--${one}`)) ?? 'quick'
const parts = args.filter((one) => !one.startsWith('--'))
const atOnce = 2
const minutes = command === 'full' ? 600 : 30

const began = Date.now()
const elapsed = () => ((Date.now() - began) / 1000).toFixed(0)
const sum = { pass: 0, fail: 0, skip: 0 }
const running = new Set()
const crashed = []

const node = process.execPath
const tool = (file) => path.join('node_modules', file)

/** A failure is shown and counted, and everything else goes on. */
function failed(what) {
  console.log(`${what}: FAILED`)
  sum.fail++
}

/** Runs a part of what comes before all tests. */
async function step(name, ...parameters) {
  console.log(`${name} …`)
  const { ended } = await start(parameters, (line) => console.log(line))
  if (ended !== undefined) failed(name)
}

/** Everything tests need beside the sources; what cannot be had is said loudly, and its tests are skipped or fail. */
async function prepare() {
  await step('build', 'bin/lidvae.js', '--only-build')
  await step('compile', 'scripts/testing/compile.mjs')
  if (!existsSync(path.join('dist', 'apps', 'cli', 'index.js'))) return
  await step('engine', 'bin/lidvae.js', 'setup', '--engine-only')
  await step('jupyter', 'bin/lidvae.js', 'setup', '--jupyter-only')
  // Built once: each file that serves it takes a copy.
  if (files.some((file) => readFileSync(file, 'utf8').includes('servedSite'))) {
    process.env.LIDVAE_TEST_SITE = path.join('out', 'test-site')
    await step('site', 'bin/lidvae.js', 'site', process.env.LIDVAE_TEST_SITE, '--solutions')
  }
  const { printed } = await start(['bin/lidvae.js', 'doctor', '--json'])
  const { native } = JSON.parse(printed.slice(printed.indexOf('{'))).engine
  if (!native.found)
    console.log(
      `\n${'!'.repeat(100)}\nNO NATIVE ENGINE: ${native.why}. Tests run on WebAssembly only.\n${'!'.repeat(100)}\n`,
    )
}

/** Starts node; resolves to how it ended and what it printed, which `say` hears line by line. */
function start(parameters, say = () => undefined) {
  const env = {
    ...process.env,
    LIDVAE_TEST_NOW: '1',
    ...(command === 'full' ? { LIDVAE_TEST_FULL: '1' } : {}),
  }
  const child = spawn(node, parameters, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let [text, printed] = ['', '']
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      text += `${line}\n`
      if (stream === child.stdout) printed += `${line}\n`
      say(line)
    })
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve({ text, printed, ended: code === 0 ? undefined : (signal ?? `exit status ${code}`) })
    })
  })
}

const check = (name, ...parameters) => ({
  run: async () => {
    const { text, ended } = await start(parameters)
    console.log(ended === undefined ? `  ${name}` : text)
    if (ended !== undefined) failed(name)
  },
})

/** What checks the sources themselves, longest first. */
const checks = () => [
  check('lint', tool('eslint/bin/eslint.js'), '.'),
  check('types', tool('typescript/bin/tsc'), '-p', 'tsconfig.json'),
  check('types of the site', tool('typescript/bin/tsc'), '-p', 'web'),
  check('format', tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'),
  check('layers', tool('dependency-cruiser/bin/dependency-cruise.mjs'), 'src'),
  check('format of notebooks', '--import', 'tsx', 'scripts/notebookCode.ts', '--check'),
]

/**
 * How the system ends a process whose native code failed. Ended from outside, by memory or time, it is
 * SIGKILL or SIGTERM.
 */
const crashes = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGABRT', 'SIGFPE']

/**
 * Runs test files in a process of their own. TensorFlow's library very rarely crashes, when a signal, such as
 * that of a child process that ends, comes while it multiplies (docs/faults.md): then the files that were not
 * heard of run once more, and it is said, with the test under way. A second crash is a failure.
 */
const testProcess = (files, again = false) => ({
  isTest: true,
  waits: mostlyWaits(files),
  run: async () => {
    let counts
    let now = ''
    const { ended } = await start(
      [
        '--require',
        './scripts/testing/compiled.cjs',
        '--test-reporter=./scripts/testing/reporter.mjs',
        'scripts/testing/share.cjs',
        ...files,
      ],
      (line) => {
        if (line.startsWith('lidvae-counts ')) counts = JSON.parse(line.slice('lidvae-counts '.length))
        else if (line.startsWith('lidvae-now ')) now = line.slice('lidvae-now '.length)
        // Engines announce themselves on every start; that is no news here.
        else if (line.trim() !== '' && !/^lidvae: .* engine/.test(line)) console.log(line)
      },
    )
    for (const kind of Object.keys(sum)) sum[kind] += counts?.[kind] ?? 0
    const unheard = files.filter((file) => !counts?.files.includes(file))
    if (unheard.length > 0 && crashes.includes(ended) && !again) {
      crashed.push(`${ended} in or after ${now}`)
      console.log(`\nCRASH: ${crashed.at(-1)}. Run once more: ${unheard.join(', ')}\n`)
      return testProcess(unheard, true).run()
    }
    for (const file of unheard)
      failed(`${file}, whose process ended with ${ended ?? 'nothing said'} in or after ${now}`)
    if (unheard.length === 0 && ended !== undefined && counts.fail === 0) failed(`${files[0]} … (${ended})`)
  },
})

/**
 * Runs jobs, so many at once, in their order: checks of the sources already while the tests are prepared, and
 * tests that mostly wait beside all others.
 */
async function runAll(jobs) {
  const left = jobs.filter(({ waits }) => !waits)
  const ready = prepare()
  const beside = jobs.filter(({ waits }) => waits).map((job) => ready.then(() => job.run()))
  const worker = async (_, i) => {
    if (i === 0) await ready
    for (let job = left.shift(); job !== undefined; job = left.shift()) {
      if (job.isTest) await ready
      await job.run()
    }
  }
  await Promise.all([...beside, ...Array.from({ length: atOnce }, worker)])
}

function stop() {
  for (const child of running) child.kill('SIGTERM')
}
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    stop()
    process.exit(1)
  })

const files = chosenFiles(testFiles(), command, parts)
if (files.length === 0) failed(`no test file matches${parts.length > 0 ? ` ${parts.join(', ')}` : ''}`)
else {
  const limit = setTimeout(
    () => {
      failed(`the tests took longer than ${minutes} minutes and were ended; that`)
      stop()
      process.exitCode = 1
    },
    minutes * 60_000 - (Date.now() - began),
  )
  // Slow tests and the browser's run after the quick ones, which have checked the sources.
  const whole = parts.length === 0 && (command === 'quick' || command === 'full')
  await runAll([...(whole ? checks() : []), ...processes(files).map(testProcess)])
  limit.close()
}
for (const crash of crashed) console.log(`crashed, and passed or failed when run once more: ${crash}`)
console.log(`in ${elapsed()} s`)
console.log(`${sum.pass} passed, ${sum.fail} failed, ${sum.skip} skipped`)
process.exitCode = sum.fail > 0 ? 1 : 0
