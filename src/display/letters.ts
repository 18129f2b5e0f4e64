import type { ResvgRenderOptions } from '@resvg/resvg-js'
import { packageFile } from '../platform/places'
import { resvg } from '../platform/resvg'

/** Fonts of images, so that they look the same on machines without fonts. */
const fontFiles = () =>
  ['400Regular/OpenSans_400Regular.ttf', '700Bold/OpenSans_700Bold.ttf'].map((file) =>
    packageFile(`@expo-google-fonts/open-sans/${file}`),
  )

/** Letters, digits, signs; marks that stand on others and what is not drawn are left out. */
const DRAWN = /[\p{L}\p{N}\p{S}\p{P}\p{Co}]/u
/** More different letters are not examined: text of that length is in the font of the system or not at all. */
const MOST = 300

/** Stands for a letter that no font has. */
const LOST = '\ufffd'

/** Whether a letter is drawn, without and with the system's fonts. */
const known = new Map<string, 'bundled' | 'system' | 'nowhere'>()
const said = new Set<string>()

/**
 * An SVG that can be drawn whole, with its fonts: those that come along and, only where they lack a letter, those
 * of the system. Letters that no font has become �, since one of them would take others with it; they are said once.
 *
 * @param warn receives the line about them
 */
export function withFonts(
  svg: string,
  warn: (line: string) => void,
): { svg: string; font: ResvgRenderOptions['font'] } {
  const letters = lettersOf(svg)
  examine(letters)
  const fontFor = (all: readonly string[]) =>
    fontOptions(all.some((letter) => known.get(letter) === 'system'))
  const missing = letters.filter((letter) => known.get(letter) === 'nowhere')
  if (missing.length === 0) return { svg, font: fontFor(letters) }
  examine([LOST])
  const mark = known.get(LOST) === 'nowhere' ? '?' : LOST
  say(
    missing.filter((letter) => !said.has(letter)),
    warn,
  )
  const lost = new RegExp(
    `(?:${missing.map((letter) => `\\u{${letter.codePointAt(0)!.toString(16)}}`).join('|')})\\p{M}*`,
    'gu',
  )
  return { svg: svg.replace(lost, mark), font: fontFor([...letters, LOST]) }
}

function say(missing: readonly string[], warn: (line: string) => void): void {
  if (missing.length === 0) return
  missing.forEach((letter) => said.add(letter))
  const them = missing.length === 1 ? 'it' : 'them'
  warn(
    `no font here has ${missing.slice(0, 12).join(' ')}${missing.length > 12 ? ' …' : ''}: pictures in PNG have � or ? for ${them}. Install a font that has ${them}, such as Noto Sans, or save the chart as .svg or .html for a browser.`,
  )
}

const fontOptions = (loadSystemFonts: boolean): ResvgRenderOptions['font'] => ({
  loadSystemFonts,
  fontFiles: fontFiles(),
  defaultFontFamily: 'Open Sans',
})

/** The different letters of all texts beyond ASCII, which every font has. */
function lettersOf(svg: string): string[] {
  const texts = svg.match(/<(text|tspan)[^>]*>[^<]+/g)?.join('') ?? ''
  const letters = new Set<string>()
  for (const letter of texts) if (letter > '~' && DRAWN.test(letter)) letters.add(letter)
  return [...letters].slice(0, MOST)
}

function examine(letters: readonly string[]): void {
  const first = letters.filter((letter) => !known.has(letter))
  const bundled = drawn(first, false)
  const rest = first.filter((letter) => !bundled.has(letter))
  const system = drawn(rest, true)
  for (const letter of first)
    known.set(letter, bundled.has(letter) ? 'bundled' : system.has(letter) ? 'system' : 'nowhere')
}

const CELL = 40

/** Those of some letters that leave ink, each in a square of its own. */
function drawn(letters: readonly string[], systemFonts: boolean): Set<string> {
  if (letters.length === 0) return new Set()
  const texts = letters.map((letter, i) => `<text x="${i * CELL + 8}" y="28">${letter}</text>`)
  const size = `width="${letters.length * CELL}" height="${CELL}"`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="Open Sans" font-size="20">${texts.join('')}</svg>`
  const { pixels, width } = new (resvg().Resvg)(svg, { font: fontOptions(systemFonts) }).render()
  const found = new Set<string>()
  for (let at = 3; at < pixels.length; at += 4)
    if (pixels[at] > 0) found.add(letters[Math.floor(((at >> 2) % width) / CELL)])
  return found
}
