import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { startEngine } from '../../src/compute/engine'
import { findNative } from '../../src/compute/native/native'
import { normals, philoxBlock, uniforms } from '../../src/compute/philox'
import { RandomDoubles } from '../../src/compute/streams'

const hex = (words: Uint32Array) => Array.from(words, (w) => w.toString(16).padStart(8, '0')).join(' ')
const mean = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0) / x.length

/** The paper's definition with whole numbers of any size: slow, and without any trick. */
function philoxBig(key: number[], counter: number[]): Uint32Array {
  const mask = 0xffffffffn
  let [c0, c1, c2, c3] = counter.map((c) => BigInt(c) & mask)
  let [k0, k1] = key.map((k) => BigInt(k) & mask)
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0
    const p1 = 0xcd9e8d57n * c2
    ;[c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask]
    k0 = (k0 + 0x9e3779b9n) & mask
    k1 = (k1 + 0xbb67ae85n) & mask
  }
  return Uint32Array.from([c0, c1, c2, c3], Number)
}

/**
 * TensorFlow 2.15.1 on a CPU: `tf.raw_ops.StatelessRandomUniform(shape=[7], seed=[key, counter])` and
 * StatelessRandomNormal, int32 seeds.
 */
const tensorflow = [
  {
    seed: [0, 0],
    uniform: [
      0.2110154628753662, 0.7060099840164185, 0.8000633716583252, 0.7707922458648682, 0.38858866691589355,
      0.8703594207763672, 0.8081874847412109,
    ],
    normal: [
      -1.6970340013504028, -0.4813767075538635, -0.6622369289398193, 0.0870111882686615, -1.0001622438430786,
      0.9434740543365479, 0.6166947484016418,
    ],
  },
  {
    seed: [1, 2],
    uniform: [
      0.8440604209899902, 0.19204533100128174, 0.9962232112884521, 0.16038739681243896, 0.27199018001556396,
      0.6493459939956665, 0.10694444179534912,
    ],
    normal: [
      0.544110119342804, 0.20738030970096588, 0.0735643208026886, 0.04643455147743225, -1.301589846611023,
      -0.9538565278053284, 0.8417285680770874,
    ],
  },
  {
    seed: [-1, 0],
    uniform: [
      0.8302857875823975, 0.35814368724823, 0.18189871311187744, 0.7871894836425781, 0.13276124000549316,
      0.4377492666244507, 0.91239333152771,
    ],
    normal: [
      0.474433571100235, -0.38325369358062744, -1.7960680723190308, 0.42749321460723877, 0.7661238312721252,
      -1.8578104972839355, -0.4249023199081421,
    ],
  },
  {
    seed: [7, -3],
    uniform: [
      0.4346421957015991, 0.06527590751647949, 0.7476129531860352, 0.14876413345336914, 0.5897864103317261,
      0.31938230991363525, 0.05335259437561035,
    ],
    normal: [
      0.5147376656532288, 1.1838536262512207, 0.6135525703430176, 0.4530927538871765, 0.9315036535263062,
      -0.4339245855808258, -0.5057093501091003,
    ],
  },
  {
    seed: [-2147483648, 2147483647],
    uniform: [
      0.9418087005615234, 0.43306899070739746, 0.9828633069992065, 0.5043957233428955, 0.705518364906311,
      0.9299066066741943, 0.9350615739822388,
    ],
    normal: [
      0.1413678675889969, -0.31610336899757385, -0.005134623032063246, -0.18586039543151855,
      -0.35607632994651794, 0.7555491924285889, -0.023632191121578217,
    ],
  },
]

describe('philox', () => {
  it('answers the known vectors of Random123 (kat_vectors, philox4x32 10)', () => {
    const all = 0xffffffff
    assert.equal(hex(philoxBlock([0, 0], [0, 0, 0, 0])), '6627e8d5 e169c58d bc57ac4c 9b00dbd8')
    assert.equal(hex(philoxBlock([all, all], [all, all, all, all])), '408f276d 41c83b0e a20bc7c6 6d5451fd')
    assert.equal(
      hex(philoxBlock([0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344])),
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    )
  })

  it('equals the definition in whole numbers of any size, for 2,000 keys and counters', () => {
    const draw = new RandomDoubles(11)
    const word = () => draw.below(2 ** 32)
    for (let i = 0; i < 2000; i++) {
      const key = [word(), word()]
      const counter = [word(), word(), word(), word()]
      assert.deepEqual(philoxBlock(key, counter), philoxBig(key, counter))
    }
  })

  it('equals recorded draws of TensorFlow, uniforms bit for bit, normals to 1e-6', () => {
    for (const { seed, uniform, normal } of tensorflow) {
      assert.deepEqual(Array.from(uniforms(seed[0], seed[1], 7)), uniform)
      normals(seed[0], seed[1], 7).forEach((x, i) =>
        assert.ok(Math.abs(x - normal[i]) < 1e-6, `${x} at ${i}`),
      )
    }
  })

  it('equals the native engine here and now, for long draws and negative seeds', async (t) => {
    const native = findNative()
    if (!native.found) return t.skip('the native engine is not prepared (npx lidvae setup)')
    await startEngine({ engine: 'native', quiet: true })
    for (const seed of [
      [0, 0],
      [-5, 3],
      [2147483647, -2147483648],
      [123456789, 42],
    ]) {
      for (const count of [1, 4, 5, 78401]) {
        const draw = (kernel: string) =>
          tf.tidy(() => {
            const key = tf.tensor1d(seed, 'int32')
            return tf
              .engine()
              .runKernel<tf.Tensor>(kernel, { key }, { shape: [count] })
              .dataSync()
          })
        assert.deepEqual(uniforms(seed[0], seed[1], count), draw('StatelessRandomUniform'))
        const theirs = draw('StatelessRandomNormal')
        const worst = normals(seed[0], seed[1], count).reduce(
          (w, x, i) => Math.max(w, Math.abs(x - theirs[i])),
          0,
        )
        assert.ok(worst < 1e-6, `seed ${seed.join(', ')}, ${count} numbers: ${worst} apart`)
      }
    }
  })

  it('gives a prefix when fewer numbers are asked for', () => {
    for (const count of [0, 1, 2, 3, 5, 8]) {
      assert.deepEqual(uniforms(3, 1, count), uniforms(3, 1, 100).slice(0, count))
      assert.deepEqual(normals(3, 1, count), normals(3, 1, 100).slice(0, count))
    }
  })

  it('has the moments of its distributions, and no correlation between seeds', () => {
    const n = 100000
    const u = uniforms(8, 0, n)
    // Standard error of the mean of uniforms: sqrt(1/12/n) = 9.1e-4; of normals: 3.2e-3; bounds at 4.5 of them.
    assert.ok(Math.abs(mean(u) - 0.5) < 4.1e-3)
    assert.ok(u.every((x) => x >= 0 && x < 1))
    const z = normals(8, 0, n)
    assert.ok(Math.abs(mean(z)) < 0.0143)
    assert.ok(Math.abs(mean(z.map((x) => x * x)) - 1) < 4.5 * Math.sqrt(2 / n))
    const other = normals(9, 0, n)
    assert.ok(Math.abs(mean(z.map((x, i) => x * other[i]))) < 0.0143)
    const next = normals(8, 1, n)
    assert.ok(Math.abs(mean(z.map((x, i) => x * next[i]))) < 0.0143)
  })

  it('draws doubles with 53 bits, in order, without a seam between chunks', () => {
    const draw = new RandomDoubles(5)
    const values = Array.from({ length: 2000 }, () => draw.uniform())
    assert.equal(new Set(values).size, 2000)
    assert.ok(values.every((v) => v >= 0 && v < 1))
    assert.ok(values.some((v) => v !== Math.fround(v)))
    const again = new RandomDoubles(5)
    assert.ok(values.every((v) => v === again.uniform()))
    // The 1,000th double needs words 2,000 and 2,001 of the stream, which lie in its 501st block.
    const mixed = philoxBig([0x3ec8f720, 0x02461e29], [5, 0, 0, 0])
    const words = philoxBig([mixed[0], mixed[1]], [500, 0, mixed[2], mixed[3]])
    assert.equal(values[1000], (words[0] >>> 5) * 2 ** -27 + (words[1] >>> 6) * 2 ** -53)
  })

  it('draws the normal doubles on record, which models, data sets and estimates were made of', () => {
    const draw = RandomDoubles.of(3, 'hmc/0')
    const drawn = [draw.normal(), draw.normal(), draw.uniform(), draw.normal(), draw.normal()]
    assert.deepEqual(
      drawn,
      [1.3595028036129926, -0.7517517985999106, 0.6733806774001784, -0.036892713874245905, 1.082821000279064],
    )
    const polar = RandomDoubles.of(3, 'hmc/0')
    assert.deepEqual(
      [polar.polarNormal(), polar.polarNormal(), polar.below(1000), polar.uniform(), polar.polarNormal()],
      [0.23194265601348665, 0.4846535854654007, 673, 0.4439689803170773, -1.5909546206791523],
    )
  })
})
