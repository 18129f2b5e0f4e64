import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import type { DataSet } from '../../../src/data/dataset'
import { from, type FromOptions } from '../../../src/data/own/from'
import { FIXTURES } from './fixtures'

/** What make.py wrote into a file, by NumPy. */
interface Expected {
  file: string
  options: FromOptions
  x: number[]
  shape: number[]
  labels?: (string | number)[]
  note?: string
}

const all = readFileSync(path.join(FIXTURES, 'expected.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Expected)

const labelsOf = ({ labels, labelNames }: DataSet): (string | number)[] | undefined =>
  labels && Array.from(labels, (label) => labelNames?.[label] ?? label)

describe('files that NumPy, pandas, PyArrow, Polars, SciPy, h5py, anndata and safetensors wrote', () => {
  for (const { file, options, x, shape, labels, note } of all)
    it(`${file} ${JSON.stringify(options)}`, async () => {
      const said: string[] = []
      const y =
        options.y !== undefined && /\.(npy|gz)$/.test(options.y) ? path.join(FIXTURES, options.y) : options.y
      const data = await from(path.join(FIXTURES, file), { ...options, y, onNote: (line) => said.push(line) })
      assert.deepEqual(data.x, Float32Array.from(x))
      assert.deepEqual(data.shape, shape)
      assert.deepEqual(labels === undefined ? undefined : labelsOf(data), labels)
      assert.equal(said.length, 1)
      const isTable = /[ct]sv|table/.test(file)
      assert.ok(said[0].startsWith(`${file}: `), said[0])
      assert.match(said[0], isTable ? /; x: / : /: x = /)
      assert.equal(/(labels = |\d labels)/.test(said[0]), labels !== undefined, said[0])
      if (note !== undefined) assert.ok(said[0].includes(note), said[0])
    })
})
