// Test files that share a process: its engines start once, and what they import is read once. Each file is a
// suite of its own name.
//
//   node --require ./scripts/testing/compiled.cjs scripts/testing/share.cjs FILE …
const assert = require('node:assert/strict')
const { writeSync } = require('node:fs')
const path = require('node:path')
const { after, before, beforeEach, describe } = require('node:test')

/** What a file must leave as it finds it. TensorFlow sets variables of its own as it loads. */
function surroundings() {
  const variables = Object.entries(process.env).filter(([name]) => !/^(TF|KMP|OMP)_/.test(name))
  return { folder: process.cwd(), environment: Object.fromEntries(variables) }
}

for (const file of process.argv.slice(2))
  describe(file, () => {
    let found
    before(() => (found = surroundings()))
    // Written at once, so that scripts/test.mjs knows where it was when the process crashes.
    if (process.env.LIDVAE_TEST_NOW)
      beforeEach(({ fullName, name }) => writeSync(1, `lidvae-now ${fullName ?? name}\n`))
    after(() => assert.deepEqual(surroundings(), found, `${file} leaves other surroundings than it found`))
    globalThis.lidvaeAround?.(file)
    require(path.resolve(file))
  })
