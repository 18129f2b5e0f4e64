// Loaded before share.cjs in a process of tests for scripts/mutate.mjs. LIDVAE_MUTATION names a JSON file
// with what to do:
//
//   { reached: FILE }                     write which mutants each test reaches, and how long it takes
//   { source, code, tests, seconds }      run these tests of each file with `code` in place of one source,
//   ended after so much CPU time
const { readFileSync, writeFileSync } = require('node:fs')
const nodeTest = require('node:test')
const { Worker } = require('node:worker_threads')

const { reached, source, code, tests, seconds } = JSON.parse(
  readFileSync(process.env.LIDVAE_MUTATION, 'utf8'),
)

/** Puts another `it` in place of node's: `change(file, name, fn)` gives what to run, undefined for nothing. */
function changeTests(change) {
  let file
  globalThis.lidvaeAround = (name) => (file = name)
  for (const kind of ['it', 'test']) {
    const define = nodeTest[kind]
    nodeTest[kind] = Object.assign((name, ...rest) => {
      const fn = rest.pop()
      const changed = change(file, name, fn)
      return changed && define(name, ...rest, changed)
    }, define)
  }
}

if (reached === undefined) {
  const load = require.extensions['.ts']
  require.extensions['.ts'] = (module, file) =>
    file === source ? module._compile(code, file) : load(module, file)
  changeTests((file, name, fn) => (tests[file].includes(name) ? fn : undefined))
  // A mutant may never come back to the event loop: another thread looks at the clock.
  const watch = `setInterval(() => {
    const { user, system } = process.cpuUsage()
    if (user + system > ${seconds * 1e6}) process.kill(process.pid, 'SIGKILL')
  }, 250)`
  new Worker(watch, { eval: true }).unref()
} else {
  const state = (globalThis.__stryker__ = {})
  const found = {}
  changeTests((file, name, fn) => {
    const test = ((found[file] ??= {})[name] ??= { seconds: 0, ids: [] })
    return async (...args) => {
      state.currentTestId = `${file} ${name}`
      const began = process.cpuUsage()
      try {
        return await fn(...args)
      } finally {
        const { user, system } = process.cpuUsage(began)
        test.seconds += (user + system) / 1e6
        // What runs between tests is for all of the file.
        state.currentTestId = `${file} `
      }
    }
  })
  process.on('exit', () => {
    const { perTest = {}, static: always = {} } = state.mutantCoverage ?? {}
    const ids = (name) => Object.keys(perTest[name] ?? {})
    for (const [file, names] of Object.entries(found))
      for (const [name, test] of Object.entries(names))
        test.ids = [...ids(`${file} ${name}`), ...ids(`${file} `), ...Object.keys(always)]
    writeFileSync(reached, JSON.stringify(found))
  })
}
