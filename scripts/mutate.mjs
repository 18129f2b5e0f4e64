// npm run mutate: how many small faults put into the sources the tests of the same room find. A seeded sample of the mutants that Stryker's
// instrumenter makes, each tried in a copy of the committed tree against test/ROOM; what comes of it is written to results/mutation.json.
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
import { mutantsOf } from './mutating/instrument.mjs'
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

/** Runs test files in the copy, with the first failure the last; resolves to what was printed and how it ended. */
function run(copy, files, task, { reporter = 'scripts/mutating/firstFailure.mjs', minutes = 60 } = {}) {
  const taskFile = path.join(mkdtempSync(path.join(copy, 'out', 'task-')), 'task.json')
  writeFileSync(taskFile, JSON.stringify(task))
  const parameters = [
    '--require',
    './scripts/testing/compiled.cjs',
    '--require',
    path.join(root, 'scripts/mutating/child.cjs'),
  ]
  const child = spawn(
    process.execPath,
    [
      ...parameters,
      `--test-reporter=${path.join(root, reporter)}`,
      path.join(root, 'scripts/testing/share.cjs'),
      ...files,
    ],
    { cwd: copy, env: { ...process.env, LIDVAE_MUTATION: taskFile }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const limit = setTimeout(() => child.kill('SIGKILL'), minutes * 60_000)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (text += piece))
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      rmSync(path.dirname(taskFile), { recursive: true, force: true })
      resolve({ text, code, signal })
    }),
  )
}

const testsOf = (copy, room) =>
  testFiles(path.join(copy, 'test', room))
    .map((file) => path.relative(copy, file))
    .filter((file) => !file.endsWith('.slow.test.ts'))

/** Lets the clean tests of a room run with every mutant in and none switched on: which file reaches which, and how long it takes. */
async function look(copy, room, files) {
  for (const { name, content } of files)
    writeFileSync(compiledOf(copy, name), transforming.transform(content, path.join(copy, name)))
  const reached = path.join(copy, 'out', `reached-${room}.json`)
  writeFileSync(reached, JSON.stringify({ always: [], files: {} }))
  const { text, code } = await run(copy, testsOf(copy, room), { reached })
  if (code !== 0) throw new Error(`the tests of ${room} fail without a mutant:\n${text}`)
  for (const { name } of files)
    writeFileSync(
      compiledOf(copy, name),
      transforming.transform(readFileSync(path.join(copy, name), 'utf8'), path.join(copy, name)),
    )
  return JSON.parse(readFileSync(reached, 'utf8'))
}

/** The test files that can kill a mutant: the one named like its source first, then the quickest. */
function killersOf({ id, file, room }, known) {
  const own = file.replace(/^src/, 'test').replace(/\.ts$/, '')
  const isOwn = (name) =>
    name
      .split(path.sep)
      .join('/')
      .replace(/(\.\w+)?\.test\.ts$/, '') === own
      ? 0
      : 1
  return Object.entries(known[room].files)
    .filter(([, { ids }]) => ids.includes(id) || known[room].always.includes(id))
    .sort(([a, x], [b, y]) => isOwn(a) - isOwn(b) || x.seconds - y.seconds)
}

/** Tries one mutant. */
async function attempt(copy, mutant, known) {
  const killers = killersOf(mutant, known)
  if (killers.length === 0) return { status: 'not reached' }
  const source = path.join(copy, mutant.file)
  const code = transforming.transform(mutated(readFileSync(source, 'utf8'), mutant), source)
  const seconds = 20 + 5 * killers.reduce((sum, [, file]) => sum + file.seconds, 0)
  const {
    text,
    code: exit,
    signal,
  } = await run(
    copy,
    killers.map(([file]) => file),
    { source, code, seconds },
  )
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
async function tryAll(copy, mutants, known) {
  const before = existsSync(log)
    ? readFileSync(log, 'utf8').trim().split('\n').filter(Boolean).map(JSON.parse)
    : []
  const outcomes = []
  const left = [...mutants]
  const worker = async () => {
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const { file, line, from, operator, id } = mutant
      let outcome = before.find((one) => one.file === file && one.id === id && one.from === from)
      if (outcome === undefined) {
        outcome = { ...short(mutant), id, from, ...(await attempt(copy, mutant, known)) }
        appendFileSync(log, `${JSON.stringify(outcome)}\n`)
      }
      outcomes.push(outcome)
      console.log(
        `${outcomes.length}/${mutants.length} ${file}:${line} ${operator}: ${outcome.status} ${outcome.by ?? ''}`,
      )
    }
  }
  await Promise.all(Array.from({ length: processes }, worker))
  return outcomes
}

async function prepare(copy, rooms) {
  const [known, all] = [{}, []]
  for (const room of rooms) {
    const { mutants, files, lines } = await mutantsOf(copy, room)
    all.push({ room, lines, mutants })
    const kept = path.join(root, 'out', `reached-${commit.slice(0, 10)}-${room}.json`)
    if (!existsSync(kept)) writeFileSync(kept, JSON.stringify(await look(copy, room, files)))
    known[room] = JSON.parse(readFileSync(kept, 'utf8'))
    const seconds = Object.values(known[room].files).reduce((sum, file) => sum + file.seconds, 0)
    console.log(`${room}: ${lines} lines, ${mutants.length} mutants, tests of ${seconds.toFixed(0)} s`)
  }
  return { known, all }
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
  const rooms = values.room === undefined ? ROOMS : [values.room]
  const { known, all } = await prepare(copy, rooms)
  const uniform = new Random(seed)
  const each = shares(
    all.map(({ lines }) => lines),
    count,
  )
  const sample = all.flatMap(({ mutants }, i) => shuffled(mutants, () => uniform.uniform()).slice(0, each[i]))
  const outcomes = await tryAll(copy, sample, known)
  return {
    seed,
    count,
    commit,
    node: process.version,
    instrumenter: require('@stryker-mutator/instrumenter/package.json').version,
    engines: process.env.LIDVAE_TEST_ENGINES ?? 'all',
    mutants: all.reduce((sum, one) => sum + one.mutants.length, 0),
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
  const rooms = [...new Set(open.map(({ room }) => room))]
  const { known, all } = await prepare(copy, rooms)
  for (const one of open) {
    const same = all.flatMap(({ mutants }) => mutants.filter((mutant) => isSame(mutant, one)))
    const near = same.sort((a, b) => Math.abs(a.line - one.line) - Math.abs(b.line - one.line))[0]
    const { status, by } = near === undefined ? { status: 'gone' } : await attempt(copy, near, known)
    console.log(`${one.file}:${one.line} ${one.operator}: ${status} ${by ?? ''}`)
    if (status === 'killed') one.verdict = `killed since by '${by}'`
    else if (status === 'gone') one.verdict ||= 'the code has changed'
  }
  const killed = (room) =>
    record.survivors.filter((one) => one.verdict.startsWith('killed since') && one.room === room).length
  record.after = structuredClone(record.before)
  for (const [room, part] of Object.entries(record.after.rooms)) part.killed += killed(room)
  record.after.all.killed = Object.values(record.after.rooms).reduce((sum, part) => sum + part.killed, 0)
  for (const part of [record.after.all, ...Object.values(record.after.rooms)])
    part.score = Number((part.killed / part.mutants).toFixed(3))
  return { ...record, afterCommit: commit }
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
