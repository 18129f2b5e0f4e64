// npm run mutate: how many small faults put into the sources the tests of the same room find. A seeded sample
// of the mutants that Stryker's instrumenter makes, each tried in a copy of the committed tree against
// test/ROOM; what comes of it is written to results/mutation.json.
//
//   node scripts/mutate.mjs [--count 200] [--seed 1] [--room metrics] [--at COMMIT] [--processes 2]
//   node scripts/mutate.mjs --survivors      try those that survived once more, on the newest commit
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { mutantsOf, withMutants } from './mutating/instrument.mjs'
import transforming from './testing/transform.cjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const require = createRequire(import.meta.url)
require('./testing/compiled.cjs')
const { mutated, shares, shuffled } = require('./mutating/sample.ts')
const { testFiles } = require('./testing/files.ts')
const { Random } = require('../test/support/random.ts')

const ROOMS = ['metrics', 'layers', 'models', 'distributions', 'training', 'fixes']
const RECORD = path.join('results', 'mutation.json')
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    room: { type: 'string' },
    at: { type: 'string', default: 'HEAD' },
    processes: { type: 'string', default: '2' },
    survivors: { type: 'boolean', default: false },
  },
})
const [count, seed, processes] = [values.count, values.seed, values.processes].map(Number)
const commit = execFileSync('git', ['rev-parse', values.at], { encoding: 'utf8' }).trim()
const log = path.join(root, 'out', `mutation-${commit.slice(0, 10)}-${seed}.jsonl`)

/** A copy of the committed tree, compiled; its packages are the project's own. */
function copyTree() {
  const copy = realpathSync(mkdtempSync(path.join(tmpdir(), 'lidvae-mutation-')))
  const archive = execFileSync('git', ['archive', commit], { maxBuffer: 1 << 30 })
  spawnSync('tar', ['-x', '-C', copy], { input: archive })
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction')
  spawnSync(process.execPath, ['scripts/testing/compile.mjs'], { cwd: copy, stdio: 'inherit' })
  return copy
}

const compiledOf = (copy, file) => path.join(copy, 'out', 'compiled', file.replace(/ts$/, 'js'))

/** Runs test files in the copy, to the first failure; resolves to what was printed and how it ended. */
function run(copy, files, task) {
  const folder = mkdtempSync(path.join(copy, 'out', 'task-'))
  const taskFile = path.join(folder, 'task.json')
  writeFileSync(taskFile, JSON.stringify(task))
  const parameters = [
    ...['--require', './scripts/testing/compiled.cjs'],
    ...['--require', path.join(root, 'scripts/mutating/child.cjs')],
    `--test-reporter=${path.join(root, 'scripts/mutating/firstFailure.mjs')}`,
    path.join(root, 'scripts/testing/share.cjs'),
  ]
  const child = spawn(process.execPath, [...parameters, ...files], {
    cwd: copy,
    env: { ...process.env, LIDVAE_MUTATION: taskFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Its CPU time is limited too (child.cjs); a test may also wait for what never comes.
  const limit = setTimeout(() => child.kill('SIGKILL'), 3_600_000)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (text += piece))
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      rmSync(folder, { recursive: true, force: true })
      resolve({ text, code, signal })
    }),
  )
}

const testsOf = (copy, room) =>
  testFiles(path.join(copy, 'test', room))
    .map((file) => path.relative(copy, file))
    .filter((file) => !/\.(slow|alone)\.test\.ts$/.test(file))

/**
 * Which tests of a room reach which of its chosen mutants, and how long each takes: a run with all of them in
 * and none switched on.
 */
async function look(copy, room, files) {
  const write = (name, content) =>
    writeFileSync(compiledOf(copy, name), transforming.transform(content, path.join(copy, name)))
  for (const { name, content } of files) write(name, content)
  const reached = path.join(copy, 'out', `reached-${room}.json`)
  const { text, code } = await run(copy, testsOf(copy, room), { reached })
  if (code !== 0) throw new Error(`the tests of ${room} fail without a mutant:\n${text}`)
  for (const { name } of files) write(name, readFileSync(path.join(copy, name), 'utf8'))
  return JSON.parse(readFileSync(reached, 'utf8'))
}

/** The tests that can kill a mutant: those of the file named like its source first, then of the quickest. */
function killersOf({ id, file }, known) {
  const own = file.replace(/^src/, 'test').replace(/\.ts$/, '')
  const isOwn = (name) =>
    name
      .split(path.sep)
      .join('/')
      .replace(/(\.\w+)?\.test\.ts$/, '') === own
      ? 0
      : 1
  return Object.entries(known)
    .map(([name, tests]) => {
      const reaching = Object.entries(tests).filter(([, { ids }]) => ids.includes(id))
      const seconds = reaching.reduce((sum, [, test]) => sum + test.seconds, 0)
      return { name, seconds, tests: reaching.map(([test]) => test) }
    })
    .filter(({ tests }) => tests.length > 0)
    .sort((a, b) => isOwn(a.name) - isOwn(b.name) || a.seconds - b.seconds)
}

/** Tries one mutant. */
async function attempt(copy, mutant, known) {
  const killers = killersOf(mutant, known)
  if (killers.length === 0) return { status: 'not reached' }
  const source = path.join(copy, mutant.file)
  const code = transforming.transform(mutated(readFileSync(source, 'utf8'), mutant), source)
  const tests = Object.fromEntries(killers.map((one) => [one.name, one.tests]))
  const seconds = 20 + 5 * killers.reduce((sum, one) => sum + one.seconds, 0)
  const { text, code: exit, signal } = await run(copy, Object.keys(tests), { source, code, tests, seconds })
  if (signal === 'SIGKILL') return { status: 'killed', by: 'its time' }
  if (exit === 0) return { status: 'survived' }
  return { status: 'killed', by: /^killed by (.*)$/m.exec(text)?.[1] ?? 'the end of the process' }
}

const short = ({ room, file, line, operator, original, replacement }) => ({
  room,
  file,
  line,
  operator,
  original: original.length > 300 ? `${original.slice(0, 300)} …` : original,
  replacement,
})

const isSame = (a, b) =>
  ['file', 'operator', 'original', 'replacement'].every((key) => short(a)[key] === short(b)[key])

/** Tries mutants, some at once; each outcome is printed, and written where an interrupted run finds it again. */
async function tryAll(copy, chosen) {
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []
  const before = lines.map((line) => JSON.parse(line))
  const open = chosen.filter(
    (mutant) => !before.some((one) => isSame(one, mutant) && one.from === mutant.from),
  )
  const left = await prepare(copy, open)
  let done = chosen.length - left.length
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { mutant, known } = next
      const outcome = { ...short(mutant), from: mutant.from, ...(await attempt(copy, mutant, known)) }
      before.push(outcome)
      appendFileSync(log, `${JSON.stringify(outcome)}\n`)
      const { file, line, operator, status, by = '' } = outcome
      console.log(`${++done}/${chosen.length} ${file}:${line} ${operator}: ${status} ${by}`)
    }
  }
  await Promise.all(Array.from({ length: processes }, worker))
  return chosen.map((mutant) => before.find((one) => isSame(one, mutant) && one.from === mutant.from))
}

/** Mutants with what is known of the tests that reach them. */
async function prepare(copy, chosen) {
  const ready = []
  for (const room of new Set(chosen.map((mutant) => mutant.room))) {
    const { files, mutants } = await withMutants(copy, room, chosen)
    const known = await look(copy, room, files)
    ready.push(...mutants.map((mutant) => ({ mutant, known })))
    const seconds = Object.values(known).flatMap((tests) => Object.values(tests).map((test) => test.seconds))
    console.log(
      `${room}: ${mutants.length} mutants, tests of ${seconds.reduce((a, b) => a + b, 0).toFixed(0)} s`,
    )
  }
  return ready
}

function summary(outcomes) {
  const of = (list) => {
    const killed = list.filter(({ status }) => status === 'killed').length
    return { mutants: list.length, killed, score: Number((killed / list.length).toFixed(3)) }
  }
  const rooms = [...new Set(outcomes.map(({ room }) => room))]
  return {
    all: of(outcomes),
    rooms: Object.fromEntries(rooms.map((room) => [room, of(outcomes.filter((one) => one.room === room))])),
  }
}

async function sampleAndTry(copy) {
  const all = []
  for (const room of values.room === undefined ? ROOMS : [values.room]) all.push(await mutantsOf(copy, room))
  const random = new Random(seed)
  const each = shares(
    all.map(({ lines }) => lines),
    count,
  )
  const sample = all.flatMap(({ mutants }, i) => shuffled(mutants, () => random.uniform()).slice(0, each[i]))
  const outcomes = await tryAll(copy, sample)
  return {
    seed,
    count,
    commit,
    node: process.version,
    instrumenter: require('@stryker-mutator/instrumenter/package.json').version,
    engines: process.env.LIDVAE_TEST_ENGINES ?? 'all',
    mutants: all.reduce((sum, { mutants }) => sum + mutants.length, 0),
    before: summary(outcomes),
    after: summary(outcomes),
    survivors: outcomes
      .filter(({ status }) => status !== 'killed')
      .map((one) => ({ ...short(one), status: one.status, verdict: '' })),
  }
}

/** Tries the survivors of the record once more; a verdict written by hand stays, unless a test kills the mutant now. */
async function tryAgain(copy, record) {
  const open = record.survivors.filter(({ verdict }) => !verdict.startsWith('killed since'))
  const all = []
  for (const room of new Set(open.map((one) => one.room))) all.push(...(await mutantsOf(copy, room)).mutants)
  const found = open.map((one) => {
    const same = all.filter((mutant) => isSame(mutant, one))
    return same.sort((a, b) => Math.abs(a.line - one.line) - Math.abs(b.line - one.line))[0]
  })
  const outcomes = await tryAll(copy, found.filter(Boolean))
  open.forEach((one, i) => {
    const outcome =
      found[i] && outcomes.find(({ from, ...rest }) => from === found[i].from && isSame(rest, one))
    if (outcome === undefined) one.verdict ||= 'gone: the code has changed'
    else if (outcome.status === 'killed') one.verdict = `killed since by '${outcome.by}'`
  })
  return { ...record, after: afterwards(record), afterCommit: commit }
}

/** The scores with those that were killed since. */
function afterwards({ before, survivors }) {
  const since = survivors.filter(({ verdict }) => verdict.startsWith('killed since'))
  const after = structuredClone(before)
  const add = (part, list) => {
    part.killed += list.length
    part.score = Number((part.killed / part.mutants).toFixed(3))
  }
  for (const [room, part] of Object.entries(after.rooms))
    add(
      part,
      since.filter((one) => one.room === room),
    )
  add(after.all, since)
  return after
}

mkdirSync('out', { recursive: true })
const copy = copyTree()
try {
  const record = values.survivors
    ? await tryAgain(copy, JSON.parse(readFileSync(RECORD, 'utf8')))
    : await sampleAndTry(copy)
  writeFileSync(RECORD, `${JSON.stringify(record, undefined, 2)}\n`)
  for (const [room, { mutants, killed, score }] of Object.entries({
    ...record.after.rooms,
    all: record.after.all,
  }))
    console.log(`${room.padEnd(14)} ${killed} of ${mutants} killed, ${(100 * score).toFixed(1)} %`)
} finally {
  rmSync(copy, { recursive: true, force: true })
}
