// Bundles the edition for browsers: node scripts/browser/build.mjs [FOLDER of the build, by default dist]
//
// A file `browser/NAME.ts` beside `NAME.ts` takes its place. Whatever still asks for a module of Node fails.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
const require = createRequire(path.join(root, 'package.json'))

/** Replaces files of `src` by their twins for browsers. */
export const twins = {
  name: 'twins',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path: asked, importer, resolveDir }) => {
      const inside = path.relative(path.join(root, 'src'), importer)
      if (inside.startsWith('..')) return undefined
      const file = path.resolve(resolveDir, `${asked}.ts`)
      const twin = path.join(path.dirname(file), 'browser', path.basename(file))
      // A twin may use what it stands for.
      return twin !== importer && existsSync(twin) ? { path: twin } : undefined
    })
  },
}

// Only Node's way of starting TensorFlow.js asks for these; a browser never comes there.
const NEVER = /node_modules\/(@tensorflow\/tfjs[\w-]*|seedrandom|ml-matrix|h5wasm)\//

/** Modules of Node: in TensorFlow.js they become empty, anywhere else they fail the build. */
const nodeModules = {
  name: 'modules of Node',
  setup({ onResolve, onLoad }) {
    const { builtinModules } = require('node:module')
    onResolve({ filter: /.*/ }, ({ path: asked, importer }) => {
      const name = asked.replace(/^node:/, '')
      if (!builtinModules.includes(name) || !NEVER.test(importer)) return undefined
      return { path: name, namespace: 'empty' }
    })
    onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** WebAssembly is the engine: TensorFlow.js's WebGL backend, a ninth of the bundle, is left out. */
const withoutWebGl = {
  name: 'without WebGL',
  setup({ onResolve }) {
    onResolve({ filter: /^@tensorflow\/tfjs-backend-webgl$/ }, () => ({ path: 'webgl', namespace: 'empty' }))
  },
}

/** Files below a folder of the project, with paths from its root. */
const below = (folder) =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'LICENSE' && !entry.name.endsWith('.md'))
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort()

/** Which files a browser loads together. */
export const packs = () => ({
  labs: below('notebooks/labs/checkpoints'),
  'fashion-mnist-sample': below('data/fashion-mnist-sample'),
  'omniglot-sample': below('data/omniglot-sample'),
})

const WASM = 'tfjs-backend-wasm-simd.wasm'

/** Options of esbuild that all bundles share. */
export const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'external',
  mainFields: ['browser', 'module', 'main'],
  conditions: ['browser', 'module', 'import'],
  logLevel: 'silent',
}

/** Builds the module; @returns esbuild's record of what is in it; @throws what esbuild finds wrong. */
export async function bundle(out, entry = 'src/browser.ts') {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  const { metafile } = await build({
    ...common,
    entryPoints: { lidvae: entry },
    outdir: out,
    splitting: true,
    chunkNames: 'parts/[name]-[hash]',
    metafile: true,
    inject: ['scripts/browser/buffer.mjs'],
    plugins: [twins, withoutWebGl, nodeModules],
    define: {
      'process.env.NODE_ENV': '"production"',
      global: 'globalThis',
      LIDVAE_ADDRESS: 'import.meta.url',
      LIDVAE_VERSION: JSON.stringify(version),
      LIDVAE_PACKS: JSON.stringify(packs()),
    },
  })
  const wasm = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))
  // Every browser since 2023 has SIMD; another one is told so.
  copyFileSync(path.join(wasm, 'dist', WASM), path.join(out, WASM))
  writeFileSync(path.join(out, 'package.json'), `${JSON.stringify({ type: 'module', sideEffects: true })}\n`)
  return metafile
}

/** The compiler made the twins too: Node needs them not, and of their types only those of the entry. */
function prune(dist) {
  for (const room of readdirSync(dist, { withFileTypes: true })) {
    const folder = path.join(dist, room.name, 'browser')
    if (!room.isDirectory() || !existsSync(folder)) continue
    for (const name of readdirSync(folder))
      if (!['memory.d.ts', 'packs.d.ts', 'render.d.ts'].includes(name)) rmSync(path.join(folder, name))
  }
  rmSync(path.join(dist, 'browser.js'), { force: true })
}

/** Takes comments out of the modules for Node: the declarations have them too, and a package has both. */
async function withoutComments(dist) {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const folder = entry.parentPath ?? entry.path
    if (!entry.name.endsWith('.js') || folder.startsWith(path.join(dist, 'browser'))) continue
    const file = path.join(folder, entry.name)
    const { code } = await transform(readFileSync(file, 'utf8'), {
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
    })
    writeFileSync(file, code)
  }
}

/** Builds it into a build of the modules for Node. */
async function main() {
  const dist = path.resolve(process.argv[2] ?? path.join(root, 'dist'))
  const out = path.join(dist, 'browser')
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  await bundle(out)
  prune(dist)
  await withoutComments(dist)
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main().catch((error) => {
    console.error(String(error))
    process.exitCode = 1
  })
