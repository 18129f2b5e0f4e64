import pixelWidth from 'string-pixel-width'

/** The properties that determine a text's width. */
export interface TextItem {
  text?: unknown
  fontSize?: number
  fontWeight?: string | number
  limit?: number
}

/**
 * The width of a text in pixels, measured with the font that is drawn. Without a canvas Vega assumes 0.8 em
 * per character, which misplaces legends and axis titles.
 */
export function textWidth(item: TextItem, text: unknown = item.text): number {
  const line = Array.isArray(text) ? text.join('') : String((text as string | undefined) ?? '')
  const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600
  const size = item.fontSize ?? 11
  const narrow = line.replace(WIDE, '')
  const wide = narrow === line ? 0 : Array.from(line).length - Array.from(narrow).length
  const width = pixelWidth(narrow, { font: 'open sans', size, bold }) + wide * size
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width
}

/** Letters as wide as they are high, which the measured font lacks. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/gu

/** Pixels: shorter texts have enough space. */
const SHORT = 80

/**
 * Adds the laid-out width to a text, so that a browser without the font squeezes a wider one instead of
 * clipping a title.
 */
export function holdWidths(svg: string): string {
  return svg.replace(/<text ([^>]*)>([^]*?)<\/text>/g, (_, attributes: string, inner: string) => {
    const item = {
      fontSize: Number(/font-size="([\d.]+)px"/.exec(attributes)?.[1] ?? 11),
      fontWeight: /font-weight="(\w+)"/.exec(attributes)?.[1],
    }
    const held = (text: string): string => {
      const width = textWidth(item, unescaped(text))
      return width < SHORT ? '' : ` textLength="${Math.round(width)}" lengthAdjust="spacingAndGlyphs"`
    }
    if (!inner.includes('<')) return `<text ${attributes}${held(inner)}>${inner}</text>`
    const lines = inner.replace(
      /<tspan([^>]*)>([^<]*)/g,
      (__, place: string, text: string) => `<tspan${place}${held(text)}>${text}`,
    )
    return `<text ${attributes}>${lines}</text>`
  })
}

/** The same without these widths, for renderers with the font. */
export const freeWidths = (svg: string): string =>
  svg.replace(/ textLength="\d+" lengthAdjust="spacingAndGlyphs"/g, '')

const unescaped = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
