// npx lidvae site: labs, tour and playground as a site that needs nothing but a host of files.
//
//   node web/build/site.mjs FOLDER PYTHON CACHE [--solutions]
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { build } from 'esbuild'
import { common, packs, root } from '../../scripts/browser/build.mjs'
import { NOTEBOOKS, writeContents } from './contents.mjs'
import { copyDocs } from './docs.mjs'
import { unpackLite } from './lite.mjs'

const require = createRequire(path.join(root, 'package.json'))
/** Bytes of the site, documentation included. */
const MOST = 45e6
const KERNEL = path.join('extensions', '@lidvae', 'lite-kernel', 'static')
const [out, python, cache, ...options] = process.argv.slice(2)

/** The kernel: its extension, the worker that runs cells, the one that compiles them, and what that reads. */
async function buildKernel(folder) {
  mkdirSync(folder, { recursive: true })
  const shared = { ...common, logLevel: 'warning' }
  await build({
    ...shared,
    entryPoints: { remoteEntry: 'web/kernel/extension.ts' },
    format: 'iife',
    outdir: folder,
  })
  await build({
    ...shared,
    entryPoints: { runner: 'web/kernel/runner.ts', arquero: 'arquero' },
    outdir: folder,
  })
  const empty = {
    name: 'empty',
    setup({ onResolve, onLoad }) {
      const names =
        /^(fs|os|crypto|inspector|perf_hooks|source-map-support|child_process|@microsoft\/typescript-etw)$/
      onResolve({ filter: names }, ({ path: name }) => ({ path: name, namespace: 'empty' }))
      onResolve({ filter: /^@tslab\/typescript-for-tslab$/ }, ({ importer }) =>
        importer.includes('tslab/dist') ? { path: 'typescript', namespace: 'ours' } : undefined,
      )
      onLoad({ filter: /.*/, namespace: 'ours' }, () => ({
        contents: 'module.exports = globalThis.lidvaeTypeScript',
      }))
      onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }))
      onResolve({ filter: /^path$/ }, () => ({ path: require.resolve('path-browserify') }))
    },
  }
  await build({
    ...shared,
    entryPoints: { compiler: 'web/kernel/compiler.ts' },
    format: 'iife',
    outdir: folder,
    plugins: [empty],
    logLevel: 'error',
    // It decides by these which JavaScript it writes; no other bundle may look like Node.
    define: {
      __dirname: '"/cells/node_modules/tslab/dist"',
      __filename: '"/cells/node_modules/tslab/dist/converter.js"',
      'process.versions.node': '"20.0.0"',
      'process.version': '"v20.0.0"',
      'process.platform': '"linux"',
    },
    banner: { js: 'globalThis.process ??= { env: {}, argv: [], browser: true };' },
  })
  const { status } = spawnSync(
    process.execPath,
    [path.join(root, 'web', 'build', 'types.cjs'), path.join(folder, 'types.json')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  if (status !== 0) throw new Error('the types for the compiler could not be collected')
  cpSync(path.join(root, 'web', 'kernel', 'logo.svg'), path.join(folder, 'logo.svg'))
}

/** The library, laid out as in its package. */
function copyLibrary(folder) {
  cpSync(path.join(root, 'dist', 'browser'), path.join(folder, 'dist', 'browser'), { recursive: true })
  for (const file of Object.values(packs()).flat()) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    cpSync(path.join(root, file), path.join(folder, file))
  }
}

/** What JupyterLite does here: our kernel, a quiet page, no news. */
function configure(folder) {
  const file = path.join(folder, 'jupyter-lite.json')
  const settings = JSON.parse(readFileSync(file, 'utf8'))
  Object.assign(settings['jupyter-config-data'], {
    appName: 'lidvae',
    defaultKernelName: 'tslab',
    // Kernels here see no files through it, and it would ask for addresses outside of the site.
    disabledExtensions: ['@jupyterlite/application-extension:service-worker-manager'],
    contentsAllJsonFile: 'all.json',
    contentsStorageName: 'lidvae',
    settingsStorageName: 'lidvae settings',
    workspacesStorageName: 'lidvae workspaces',
    federated_extensions: [
      { name: '@lidvae/lite-kernel', load: 'static/remoteEntry.js', extension: './extension' },
    ],
    settingsOverrides: {
      '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
      '@jupyterlab/docmanager-extension:plugin': { autosaveInterval: 5 },
      // Light or dark as the visitor's system is, like the playground.
      '@jupyterlab/apputils-extension:themes': { 'adaptive-theme': true },
    },
  })
  writeFileSync(file, JSON.stringify(settings, null, 1))
}

/** Without an icon of their own, browsers ask for one at the root of the host, outside of the site. */
function addIcons(folder) {
  for (const app of ['lab', 'notebooks', 'tree']) {
    const file = path.join(folder, app, 'index.html')
    const icon = '<link rel="icon" href="../icon-120x120.png" /></head>'
    writeFileSync(file, readFileSync(file, 'utf8').replace('</head>', icon))
  }
}

/** The landing page. */
async function buildPlayground(folder, hasDocs) {
  await build({
    ...common,
    logLevel: 'warning',
    entryPoints: { play: 'web/play/play.ts', model: 'web/play/model.ts' },
    outdir: path.join(folder, 'play'),
  })
  cpSync(path.join(root, 'web', 'play', 'play.css'), path.join(folder, 'play', 'play.css'))
  // The sliders of a decoder are those of an exported page.
  const { DECODER_STYLE, DECODER_VIEW } = require('./dist/export/view.js')
  writeFileSync(path.join(folder, 'play', 'decoder.css'), DECODER_STYLE)
  writeFileSync(path.join(folder, 'play', 'decoder.js'), `${DECODER_VIEW}\nexport { decoderView }\n`)
  const page = readFileSync(path.join(root, 'web', 'play', 'index.html'), 'utf8')
  const link = hasDocs ? '<a href="docs/index.html">Documentation</a>' : ''
  writeFileSync(path.join(folder, 'index.html'), page.replace('<!-- documentation -->', link))
}

const sizeOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size, 0)

async function main() {
  const marker = path.join(out, 'jupyter-lite.json')
  if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(marker))
    throw new Error(`${out} has other files: name a new folder, or one that an earlier site is in`)
  rmSync(out, { recursive: true, force: true })
  unpackLite(out, python, cache)
  configure(out)
  addIcons(out)
  copyLibrary(path.join(out, 'lidvae'))
  await buildKernel(path.join(out, KERNEL))
  // The pages of `npm run docs`, where they are made.
  const docs = path.join(root, 'site')
  const hasDocs = existsSync(path.join(docs, 'index.html')) && path.resolve(out) !== docs
  if (hasDocs) copyDocs(docs, out, NOTEBOOKS)
  await buildPlayground(out, hasDocs)
  writeContents(out, options.includes('--solutions'))
  writeFileSync(path.join(out, '.nojekyll'), '')
  const size = sizeOf(out)
  console.log(`${out}: ${(size / 1e6).toFixed(1)} MB`)
  if (size > MOST) throw new Error(`the site is larger than ${MOST / 1e6} MB`)
}

main().catch((error) => {
  console.error(`lidvae site: ${error.message}`)
  process.exitCode = 1
})
