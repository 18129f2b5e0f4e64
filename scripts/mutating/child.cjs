// A process of test files, loaded before share.cjs, for scripts/mutate.mjs. LIDVAE_MUTATION names a JSON file with what to do:
//
//   { reached: FILE }                     write which mutants each test file reaches, and how long it takes
//   { source, code, seconds }             run with the text `code` in place of one source, ended after so much CPU time
const { readFileSync, writeFileSync } = require('node:fs')
const { after, before } = require('node:test')
const { Worker } = require('node:worker_threads')

const { reached, source, code, seconds } = JSON.parse(readFileSync(process.env.LIDVAE_MUTATION, 'utf8'))

if (source !== undefined) {
  const load = require.extensions['.ts']
  require.extensions['.ts'] = (module, file) =>
    file === source ? module._compile(code, file) : load(module, file)
  // A mutant may never come back to the event loop: another thread looks at the clock.
  const watch = `setInterval(() => {
    const { user, system } = process.cpuUsage()
    if (user + system > ${seconds * 1e6}) process.kill(process.pid, 'SIGKILL')
  }, 250)`
  new Worker(watch, { eval: true }).unref()
}

/** Called by share.cjs within the suite of each file. */
globalThis.lidvaeAround =
  reached &&
  ((file) => {
    const state = (globalThis.__stryker__ ??= {})
    let began
    before(() => {
      state.currentTestId = file
      began = process.cpuUsage()
    })
    after(() => {
      const { user, system } = process.cpuUsage(began)
      const { perTest = {}, static: always = {} } = state.mutantCoverage ?? {}
      const known = JSON.parse(readFileSync(reached, 'utf8'))
      known.always = Object.keys(always)
      known.files[file] = { seconds: (user + system) / 1e6, ids: Object.keys(perTest[file] ?? {}) }
      writeFileSync(reached, JSON.stringify(known))
      state.currentTestId = undefined
    })
  })
