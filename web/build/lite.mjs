// JupyterLite as it was published: the archive in its Python package, without source maps and the applications that the
// site has no use for.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import path from 'node:path'

const VERSION = '0.8.6'
const WHEEL = `jupyterlite_core-${VERSION}-py3-none-any.whl`
const SHA256 = '2c77f7ca2a667e5404800632abedbc83d3edb9cc73303aa357016138e94e7aaa'
const UNUSED = ['consoles', 'edit', 'repl', 'doc']
/** Fonts for browsers that are too old for WebAssembly with SIMD: all others load the file that ends in woff2. */
const OLD_FONTS = /[\\/]fa-[\w-]+\.(eot|svg|ttf|woff)$/

const UNPACK = `
import io, sys, tarfile, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    data = wheel.read('jupyterlite_core/jupyterlite-app-${VERSION}.tgz')
    notice = [n for n in wheel.namelist() if n.endswith('licenses/LICENSE')][0]
    licence = wheel.read(notice)
with tarfile.open(fileobj=io.BytesIO(data)) as app:
    app.extractall(sys.argv[2])
open(sys.argv[2] + '/package/LICENSE.jupyterlite', 'wb').write(licence)
`

function run(python, args) {
  const { status, error, stderr } = spawnSync(python, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status !== 0)
    throw new Error(
      `${path.basename(python)} ${args.slice(0, 3).join(' ')}: ${String(error ?? stderr)
        .trim()
        .split('\n')
        .at(-1)}`,
    )
}

/** The wheel in the cache, downloaded once by pip; its SHA-256 is checked. */
function wheel(python, cache) {
  const file = path.join(cache, WHEEL)
  if (!existsSync(file)) {
    mkdirSync(cache, { recursive: true })
    run(python, [
      '-m',
      'pip',
      'download',
      `jupyterlite-core==${VERSION}`,
      '--no-deps',
      '--quiet',
      '--dest',
      cache,
    ])
  }
  const found = createHash('sha256').update(readFileSync(file)).digest('hex')
  if (found === SHA256) return file
  rmSync(file)
  throw new Error(`${WHEEL} has SHA-256 ${found}, wanted ${SHA256}: it was deleted, run the command again`)
}

/** Puts JupyterLite into a folder. */
export function unpackLite(out, python, cache) {
  const kept = path.join(cache, `app-${VERSION}`)
  if (!existsSync(kept)) {
    const file = wheel(python, cache)
    const fresh = mkdtempSync(path.join(cache, 'unpack-'))
    run(python, ['-c', UNPACK, file, fresh])
    const app = path.join(fresh, 'package')
    for (const name of readdirSync(app, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.map')) rmSync(path.join(app, name))
    for (const name of UNUSED) {
      rmSync(path.join(app, name), { recursive: true, force: true })
      rmSync(path.join(app, 'build', name), { recursive: true, force: true })
    }
    renameSync(app, kept)
    rmSync(fresh, { recursive: true, force: true })
  }
  cpSync(kept, out, { recursive: true, filter: (file) => !OLD_FONTS.test(file) })
}
