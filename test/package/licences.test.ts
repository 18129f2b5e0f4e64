import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { root } from './publicApi'

describe('what comes along', () => {
  it('is pinned to one version each', () => {
    const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const named = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
      Object.entries(own[kind]),
    )
    assert.ok(named.length > 20)
    assert.deepEqual(
      named.filter(([, version]) => !/^(npm:[\w-]+@)?\d+\.\d+\.\d+$/.test(version)),
      [],
    )
  })

  it('is listed with its licences, all of which allow use and passing on', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [path.join(root, 'scripts', 'licences.mjs'), '--check'],
      {
        encoding: 'utf8',
      },
    )
    assert.equal(status, 0, stderr)
    const rows = readFileSync(path.join(root, 'docs', 'licences.md'), 'utf8')
      .split('\n')
      .filter((line) => /^\| (?!package|-)/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
    assert.ok(rows.length > 300)
    const free =
      /^\(?((MIT|ISC|0BSD|Unlicense|Zlib|BSD-[23]-Clause|Apache-2\.0|MPL-2\.0|BlueOak-1\.0\.0|Python-2\.0|OFL-1\.1|CC-BY-4\.0|CC0-1\.0)( AND | OR )?)+\)?$/
    assert.deepEqual(
      rows.filter(
        ([, name, , licence]) =>
          !free.test(licence) && !READ.includes(name) && !(SHARED.test(name) && /LGPL-3\.0/.test(licence)),
      ),
      [],
    )
  })
})

/**
 * Packages that point to a file in place of a name: that of Apache 2.0, and those of NIST and HDF5, as free as BSD's.
 */
const READ = ['flatbuffers', 'h5wasm']

/** libvips, which reads images: a shared library of its own, which the LGPL lets everyone use, pass on and replace. */
const SHARED = /^@img\/sharp-/
