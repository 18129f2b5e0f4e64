#!/usr/bin/env node
// The command, in plain JavaScript: in a clone it first builds what is not built or has changed, then runs it.
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.dirname(__dirname)
const built = path.join(root, 'dist', 'apps', 'cli', 'index.js')
const bundler = path.join(root, 'scripts', 'browser', 'build.mjs')
const stamp = path.join(root, 'dist', '.built')
const sources = path.join(root, 'src')

/** The time of the newest file below a folder; the folder's own time counts, so that a removed file is noticed. */
function newest(folder) {
  let time = fs.statSync(folder).mtimeMs
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    time = Math.max(time, entry.isDirectory() ? newest(file) : fs.statSync(file).mtimeMs)
  }
  return time
}

function compiler() {
  try {
    return require.resolve('typescript/bin/tsc', { paths: [root] })
  } catch {
    return undefined
  }
}

function isStale() {
  if (!fs.existsSync(built) || !fs.existsSync(stamp)) return true
  const configuration = ['tsconfig.json', 'tsconfig.build.json'].map((name) => path.join(root, name))
  const changed = Math.max(
    newest(sources),
    ...(fs.existsSync(bundler) ? [newest(path.dirname(bundler))] : []),
    ...configuration.map((file) => fs.statSync(file).mtimeMs),
  )
  return changed > fs.statSync(stamp).mtimeMs
}

/** Deletes what builds that were killed have left: none takes an hour. */
function sweep() {
  const modules = path.join(root, 'node_modules')
  for (const name of fs.readdirSync(modules).filter((one) => one.startsWith('.lidvae-build-'))) {
    const folder = path.join(modules, name)
    if (fs.statSync(folder).mtimeMs < Date.now() - 3_600_000)
      fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** The edition for browsers, beside the modules for Node; needs only what `npm ci` installed. */
function bundleForBrowsers(fresh) {
  if (!fs.existsSync(bundler)) return
  const { status } = spawnSync(process.execPath, [bundler, fresh], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) console.error('lidvae: the edition for browsers is not built, see above')
}

/** Why nothing can be built here; undefined if it can. */
function whyNoBuild() {
  const fresh = path.join(root, 'node_modules', `.lidvae-build-${process.pid}`)
  try {
    fs.mkdirSync(fresh)
    fs.accessSync(root, fs.constants.W_OK)
    return undefined
  } catch (error) {
    return error.code
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true })
  }
}

/** Builds aside and swaps: a process that runs meanwhile, or an interruption, never meets half a build. */
function build(tsc) {
  console.error('lidvae: building from src …')
  sweep()
  const began = new Date()
  const fresh = path.join(root, 'node_modules', `.lidvae-build-${process.pid}`)
  const { status, stdout } = spawnSync(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  if (status !== 0) console.error(`${stdout.trim()}\nlidvae: the build has errors, see above`)
  if (!fs.existsSync(path.join(fresh, 'apps', 'cli', 'index.js'))) process.exit(1)
  if (status === 0) {
    bundleForBrowsers(fresh)
    fs.writeFileSync(path.join(fresh, '.built'), '')
    // A source that changed during the build is newer than its beginning.
    fs.utimesSync(path.join(fresh, '.built'), began, began)
  }
  const old = `${fresh}-old`
  if (fs.existsSync(path.join(root, 'dist'))) fs.renameSync(path.join(root, 'dist'), old)
  try {
    fs.renameSync(fresh, path.join(root, 'dist'))
  } catch (error) {
    // Another process built at the same time and was first: its build is as good.
    if (!fs.existsSync(built)) throw error
  }
  for (const folder of [old, fresh]) fs.rmSync(folder, { recursive: true, force: true })
}

/** Lets notebooks in this clone write `import * as lid from 'lidvae'`. */
function linkItself() {
  const link = path.join(root, 'node_modules', 'lidvae')
  try {
    if (fs.realpathSync(link) === fs.realpathSync(root)) return
  } catch {
    // It is not there, or leads nowhere.
  }
  try {
    fs.rmSync(link, { force: true, recursive: true })
    fs.symlinkSync(
      process.platform === 'win32' ? root : '..',
      link,
      process.platform === 'win32' ? 'junction' : 'dir',
    )
  } catch (error) {
    if (error.code !== 'EEXIST')
      console.error(`lidvae: could not make ${link} (${error.code}); notebooks here will not find lidvae`)
  }
}

const isClone = fs.existsSync(sources) && fs.existsSync(path.join(root, 'tsconfig.build.json'))
const tsc = isClone ? compiler() : undefined
if (tsc !== undefined) {
  const stale = isStale()
  const why = stale ? whyNoBuild() : undefined
  if (why === undefined) linkItself()
  if (stale && why === undefined) build(tsc)
  else if (stale && fs.existsSync(built))
    console.error(`lidvae: src has changed, but ${root} cannot be written to (${why}): the last build runs`)
  else if (stale) {
    console.error(
      `lidvae: it is not built, and ${root} cannot be written to (${why}). Build it as its owner.`,
    )
    process.exit(1)
  }
}
if (!fs.existsSync(built)) {
  console.error('lidvae: it is not built, and the compiler is not installed. Run: npm ci')
  process.exit(1)
}
if (process.argv[2] !== '--only-build') require(built).main()
