import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PNG } from 'pngjs'
import { svgToPng, toSvg } from '../../src/display/render'
import { imageTile, reconstructions } from '../../src/plots'

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
