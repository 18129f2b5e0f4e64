// TypeScript to what Node 20 runs, one file at a time; types are checked by tsc, before.
const { transformSync } = require('esbuild')

const options = {
  loader: 'ts',
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  sourcemap: 'inline',
  sourcesContent: false,
  // `import()` becomes a `require` that waits, as in the compiled library.
  supported: { 'dynamic-import': false },
}

exports.transform = (text, file) => transformSync(text, { ...options, sourcefile: file }).code
