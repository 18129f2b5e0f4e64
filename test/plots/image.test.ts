import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PNG } from 'pngjs'
import { svgToPng, toSvg } from '../../src/display/render'
import { classImages, imageTile, interpolation, reconstructions, samples, traversal } from '../../src/plots'

/** Decoded by another library than the one that encodes. */
const decode = (url: string) =>
  PNG.sync.read(Buffer.from(url.slice('data:image/png;base64,'.length), 'base64'))

describe('imageTile', () => {
  it('puts each pixel in its position, dark for 1, white between images', () => {
    // Three images of 2 × 3 in two columns: each pixel has its own of seven grey levels.
    const images = Float32Array.from({ length: 18 }, (_, i) => (i % 7) / 6)
    const tile = imageTile(images, [2, 3], 2, { gap: 1, levels: 7 })
    const png = decode(tile.url)
    assert.deepEqual([png.width, png.height, tile.width, tile.height], [7, 5, 7, 5])
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 7; x++) {
        const [row, down] = [Math.floor(y / 3), y % 3]
        const [column, across] = [Math.floor(x / 4), x % 4]
        const image = 2 * row + column
        const inside = down < 2 && across < 3 && image < 3
        const wanted = inside ? Math.round(255 * (1 - images[image * 6 + down * 3 + across])) : 255
        assert.ok(Math.abs(png.data[4 * (y * 7 + x)] - wanted) <= 1, `pixel ${x}, ${y}`)
      }
  })

  it('clips values outside [0, 1], draws NaN as 0, and inverts for light on dark', () => {
    const grey = (ink: boolean) =>
      [...decode(imageTile([-1, 2, NaN, 1], [1, 1], 4, { gap: 0, ink }).url).data].filter(
        (_, i) => i % 4 === 0,
      )
    assert.deepEqual(grey(true), [255, 0, 255, 0])
    assert.deepEqual(grey(false), [0, 255, 0, 255])
  })

  it('draws red, green and blue as they are, one channel as grey, and refuses channels before the rows', () => {
    // Four images of 1 × 2 in colour; pngjs cannot read smaller pictures.
    const four = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.5, 0.5]
    const colors = [...four, ...four]
    const { data, width, height } = decode(imageTile(colors, [1, 2, 3], 2, { gap: 0, levels: 256 }).url)
    assert.deepEqual([width, height], [4, 2])
    const seen = [0, 1, 2, 3].map((pixel) => [...data.subarray(4 * pixel, 4 * pixel + 3)])
    assert.deepEqual(seen, [
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [128, 128, 128],
    ])
    assert.equal(imageTile([0, 0.5], [1, 2, 1]).url, imageTile([0, 0.5], [1, 2]).url)
    assert.throws(
      () => imageTile(colors, [3, 2, 2]),
      /^ArgumentError: `shape` must be .*channels last.*, got \[3, 2, 2\], with .* first\..*lid\.tf\.tensor4d\(x, \[size, 3, 2, 2\]\), \[0, 2, 3, 1\]\).*x\.transpose\(0, 2, 3, 1\)/,
    )
    // Three rows of pixels in colour are no channels.
    assert.equal(imageTile(new Float32Array(27), [3, 3, 3]).height, 3)
    for (const shape of [[4], [2, 2, 2], [2, 2, 3, 1], 'x'])
      assert.throws(
        () => imageTile(new Float32Array(24), shape as number[]),
        /^ArgumentError: `shape` must be/,
      )
  })

  it('is told of in the subtitle where it leaves out what is outside [0, 1]', () => {
    const subtitleOf = (x: number[]) => JSON.stringify(samples({ images: x, shape: [1, 2] }).title)
    assert.match(
      subtitleOf([0, 16, 0.5, 3]),
      /grey levels are means\. 50% of the values are outside \[0, 1\], and drawn as 0 or 1\./,
    )
    assert.match(subtitleOf([-1, 0, 0, 0]), / 25% of the values/)
    assert.doesNotMatch(subtitleOf([-0.04, 1.04, 0, 1]), /outside/)
    const labelled = classImages({ x: [0, 9], shape: [1, 1], labels: [0, 1] })
    assert.match(JSON.stringify(labelled.title), / 50% of the values/)
  })

  it('is what every plot of images draws in colour: as many images as there are', () => {
    const shape = [2, 2, 3]
    const x = Float32Array.from({ length: 4 * 12 }, (_, i) => (i % 3 === 0 ? 1 : 0))
    const sizeOf = (spec: object) => {
      const [url] = JSON.stringify(spec).match(/data:image\/png;base64,[^"]+/)!
      const { width, height, data } = decode(url)
      assert.deepEqual([...data.subarray(0, 3)], [255, 0, 0], 'red')
      return [width, height]
    }
    assert.deepEqual(sizeOf(samples({ images: x, shape })), [14, 2])
    assert.deepEqual(sizeOf(reconstructions({ original: x, models: { a: x }, shape })), [14, 2])
    assert.deepEqual(sizeOf(classImages({ x, shape, labels: [0, 1, 0, 1] })), [6, 2])
    const walked = { mean: x, units: [0, 1], kl: [1, 2], steps: [-1, 1], code: [0, 0], shape, latent: 2 }
    assert.deepEqual(sizeOf(traversal(walked)), [6, 2])
    const way = { mean: x.slice(0, 24), ends: x.slice(24), names: ['a'], steps: [0, 1], shape }
    assert.deepEqual(sizeOf(interpolation(way)), [14, 2])
  })

  it('is small: 100 images of noise in grey levels of 32 take less than a byte a pixel', () => {
    let state = 7
    const noise = Float32Array.from({ length: 100 * 784 }, () => {
      state = (state * 48271) % 2147483647
      return state / 2147483647
    })
    assert.ok(imageTile(noise, [28, 28], 10).url.length < 100 * 784)
  })

  it('is drawn in SVG and PNG', () => {
    const black = new Float32Array(2 * 16).fill(1)
    const spec = reconstructions({ original: black, models: {}, shape: [4, 4] }, { title: 'x', subtitle: '' })
    const svg = toSvg(spec)
    assert.ok(svg.includes(imageTile(black, [4, 4]).url))
    const png = PNG.sync.read(svgToPng(svg, 1))
    const dark = png.data.filter((value, i) => i % 4 === 0 && value < 30).length
    // Two black squares of 44 × 44; letters are lighter.
    assert.ok(dark >= 2 * 44 * 44 && dark < 2.2 * 44 * 44, `${dark}`)
  })
})
