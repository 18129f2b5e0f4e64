// Preloaded by every process of the tests (node --require): TypeScript as scripts/testing/compile.mjs
// compiled it, once for all of them. A file keeps its own name and place, so that `__dirname`, fixtures and
// stack traces are those of the source.
const { readFileSync, statSync } = require('node:fs')
const path = require('node:path')

const root = path.dirname(path.dirname(__dirname))
const compiled = path.join(root, 'out', 'compiled')

/** The text compiled before; undefined where there is none as new as the source. */
function before(file) {
  const inside = path.relative(root, file)
  if (inside.startsWith('..') || inside.startsWith('node_modules')) return undefined
  const out = path.join(compiled, inside.replace(/ts$/, 'js'))
  try {
    if (statSync(out).mtimeMs >= statSync(file).mtimeMs) return readFileSync(out, 'utf8')
  } catch {
    return undefined
  }
}

process.setSourceMapsEnabled(true)
require.extensions['.ts'] = (module, file) => {
  const code = before(file) ?? require('./transform.cjs').transform(readFileSync(file, 'utf8'), file)
  module._compile(code, file)
}
