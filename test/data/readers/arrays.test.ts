import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { ArgumentError, DataError } from '../../../src/base/errors'
import { from, type FromOptions } from '../../../src/data/own/from'
import { inFolder } from '../temporary'
import { FIXTURES } from './fixtures'

const read = (file: string, options: FromOptions = {}) =>
  from(path.join(FIXTURES, file), { onNote: () => undefined, ...options })

async function fails(file: string, options: FromOptions, wanted: RegExp, kind: 'data' | 'argument' = 'data') {
  await assert.rejects(read(file, options), (error) => {
    assert.ok(error instanceof (kind === 'data' ? DataError : ArgumentError), String(error))
    if (kind === 'data') assert.ok(error.message.startsWith(path.join(FIXTURES, file)), error.message)
    assert.match(error.message, wanted)
    assert.doesNotMatch(error.message, /\n/)
    return true
  })
}

describe('files of arrays', () => {
  it('never unpickle, and say how to save instead', async () => {
    await fails(
      'refused-object.npy',
      {},
      /holds Python objects \(a pickle.*not read\) in refused-object\. Save numbers or/,
    )
    await fails('npz-compressed.npz', { y: 'meta' }, /holds Python objects .* in meta\. Save/)
    await inFolder(async (folder) => {
      for (const [name, start] of [
        ['a.pkl', [0x80, 4, 0x95]],
        ['b', [0x80, 5, 0x95]],
        ['c.pt', [0x50, 0x4b, 3, 4]],
      ] as const) {
        await writeFile(path.join(folder, name), Uint8Array.from(start))
        await assert.rejects(from(path.join(folder, name)), DataError)
      }
    })
  })

  it('refuse elements that are no real numbers, with a remedy', async () => {
    await fails('refused-complex.npy', {}, /holds complex numbers in refused-complex\. Save np\.abs/)
    await fails('refused-dates.npy', {}, /holds dates in/)
    await fails('refused-records.npy', {}, /holds records with fields in/)
    await fails('labels-text.npy', {}, /holds text in labels-text, expected numbers/)
  })

  it('name the place of what is not finite, and refuse integers beyond 2^53', async () => {
    await fails(
      'refused-nan.npy',
      {},
      /has NaN in row 1, column 2 of refused-nan, counted from 0\. Correct or leave out/,
    )
    await fails('refused-range.npy', {}, /has Infinity \(infinite, or beyond 3\.4e38.*\) in row 0, column 0/)
    await fails('refused-ids.npy', {}, /holds integers beyond 2\^53 in refused-ids/)
  })

  it('say that integers are rounded to float32', async () => {
    const said: string[] = []
    await read('rounded.npy', { onNote: (line) => said.push(line) })
    assert.match(said[0], /int64 as float32, integers up to 16,777,217 rounded to 7 digits/)
  })

  it('need an axis of rows and one of numbers', async () => {
    await fails('refused-scalar.npy', {}, /holds refused-scalar \[\] float64, which has no axis/)
    await fails(
      'npy-flat.npy',
      {},
      /holds npy-flat \[12\] float64, which has no axis for the numbers of a row\. Give shape/,
    )
    await fails(
      'npy-f8.npy',
      { shape: [3] },
      /`from\({ shape }\)` must be .*, got \[3\] for npy-f8 \[6, 4\] float64/,
      'argument',
    )
  })

  it('list the arrays where x is not obvious, or a name is wrong', async () => {
    await fails(
      'npz-parts.npz',
      {},
      /holds 4 arrays.*not obvious\. Name the arrays with x and y: it has x_train \[6, 4\] float64, y_train/,
    )
    await fails(
      'npz.npz',
      { x: 'X' },
      /must be the name of an array of the file: x \[6, 4\] float64, y \[6\] int64, got 'X'\. Did you mean 'x'\?/,
      'argument',
    )
    await fails('npz.npz', { label: 'y' }, /`from\({ label }\)` must be omitted.*Name its arrays/, 'argument')
    await fails(
      'npz-parts.npz',
      { x: 'x_train', y: 'y_test' },
      /has 6 rows in x_train .*, but y_test \[2\] int64 is not one label per row/,
    )
    await fails(
      'npy-f8.npy',
      { y: path.join(FIXTURES, 'labels-text.npy'), labels: [1] },
      /`from\({ labels }\)` must be omitted where `y`/,
      'argument',
    )
  })

  it('refuse options that mean nothing for them', async () => {
    await fails(
      'npz.npz',
      { invert: true },
      /`from\({ invert }\)` must be omitted for a file.*It is an option for a folder/,
      'argument',
    )
    await fails('table.csv', { x: 'a' }, /`from\({ x }\)` must be omitted for a table/, 'argument')
    await assert.rejects(from([[1]], { full: 4095 }), /`from\({ full }\)` must be omitted for numbers/)
    await assert.rejects(from([[1]], { y: 'a' }), /`from\({ y }\)` must be omitted for numbers/)
  })
})
