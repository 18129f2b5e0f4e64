import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DataError } from '../../src/base/errors'
import { decodeSafetensors, encodeSafetensors } from '../../src/storage/safetensors'
import { Random } from '../support/random'

const tensors = {
  'a/W': { shape: [2, 3], values: Float32Array.of(1, -2, 0.5, NaN, Infinity, 3e-40) },
  empty: { shape: [0], values: new Float32Array() },
  scalar: { shape: [], values: Float32Array.of(7) },
}

it('reads back what it wrote, bit for bit', () => {
  const bytes = encodeSafetensors(tensors, { format: 'x', note: 'μ "quoted"\n' })
  const read = decodeSafetensors(bytes, 'file')
  assert.deepEqual({ ...read.tensors }, tensors)
  assert.deepEqual(read.metadata, { format: 'x', note: 'μ "quoted"\n' })
})

it('is laid out as the format says', () => {
  const bytes = encodeSafetensors({ t: { shape: [2], values: Float32Array.of(1, 2) } })
  const length = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, unknown>
  assert.deepEqual(header.t, { dtype: 'F32', shape: [2], data_offsets: [0, 8] })
  assert.equal(length % 8, 0)
  assert.deepEqual([bytes.readFloatLE(8 + length), bytes.readFloatLE(12 + length)], [1, 2])
})

it('says what is wrong with a file, and never believes it', () => {
  const whole = encodeSafetensors(tensors, { format: 'x' })
  const random = new Random(1)
  for (let i = 0; i < 2000; i++) {
    const bytes = Buffer.from(whole)
    const kind = i % 3
    if (kind === 0)
      bytes[Math.floor(random.uniform() * bytes.length)] ^= 1 << Math.floor(random.uniform() * 8)
    const cut = kind === 1 ? bytes.subarray(0, Math.floor(random.uniform() * bytes.length)) : bytes
    const given = kind === 2 ? Buffer.concat([cut, Buffer.alloc(1 + Math.floor(random.uniform() * 9))]) : cut
    try {
      const read = decodeSafetensors(given, 'file')
      // Only a space after the header can have become another kind of space.
      assert.equal(kind, 0)
      assert.deepEqual({ ...read.tensors }, tensors)
      assert.deepEqual(read.metadata, { format: 'x' })
    } catch (error) {
      assert.ok(error instanceof DataError && error.message.startsWith('file is damaged'), String(error))
    }
  }
})

it('does not set aside memory for a header or tensor that a file only speaks of', () => {
  const huge = Buffer.alloc(16)
  huge.writeBigUInt64LE(2n ** 60n)
  assert.throws(() => decodeSafetensors(huge, 'file'), DataError)
  const header = JSON.stringify({ t: { dtype: 'F32', shape: [1e12], data_offsets: [0, 4e12] } })
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  assert.throws(() => decodeSafetensors(Buffer.concat([length, Buffer.from(header)]), 'file'), DataError)
})
