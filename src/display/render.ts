import { encode } from 'upng-js'
import { warn } from '../base/note'
import { resvg } from '../platform/resvg'
import type { VegaLiteSpec } from '../plots/spec'
import { withFonts } from './letters'
import { toSvg } from './svg'
import { freeWidths } from './textWidth'

export { requireDataInside, titleOf } from './chartParts'
export { compile, toSvg } from './svg'

/** Whether outputs bring pictures for viewers that cannot draw a chart. */
export const bringsPictures = true

/** What stands for the picture of a chart that is soon replaced; none here. */
export const passingPicture: string | undefined = undefined

/**
 * Draws an SVG as PNG, with bundled fonts, in 64 colours: a third of the size without visible difference; in all
 * its colours where it has images in colour. Letters that the bundled fonts lack are drawn with the system's.
 *
 * @param svg The text of `toSvg`.
 * @param scale Pixels of the image per pixel of the SVG, default 2.
 * @returns The PNG file's bytes.
 * @throws EngineError where the library that draws does not load on this machine.
 */
export function svgToPng(svg: string, scale = 2): Buffer {
  const { Resvg } = resvg()
  const drawable = withFonts(freeWidths(svg), warn)
  const picture = new Resvg(drawable.svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: drawable.font,
    // Pixels of images stay sharp squares.
    imageRendering: 1,
  }).render()
  const pixels = Uint8Array.from(picture.pixels)
  const colors = svg.includes('<image') && hasManyColors(pixels) ? 0 : 64
  return Buffer.from(encode([pixels.buffer], picture.width, picture.height, colors))
}

/** Whether there are images in colour: more different strong colours than marks and their edges have. */
function hasManyColors(pixels: Uint8Array): boolean {
  const seen = new Set<number>()
  for (let at = 0; at < pixels.length; at += 4) {
    const [red, green, blue] = [pixels[at], pixels[at + 1], pixels[at + 2]]
    if (Math.max(red, green, blue) - Math.min(red, green, blue) < 48) continue
    if (seen.add((red << 16) | (green << 8) | blue).size > 600) return true
  }
  return false
}

/** Draws a specification as PNG: `toSvg`, then `svgToPng`. */
export const toPng = (spec: VegaLiteSpec, scale = 2): Buffer => svgToPng(toSvg(spec), scale)
