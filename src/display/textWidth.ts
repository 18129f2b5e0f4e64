import pixelWidth from 'string-pixel-width'

/** What of a text mark decides its width. */
export interface TextItem {
  text?: unknown
  fontSize?: number
  fontWeight?: string | number
  limit?: number
}

/**
 * The width of a text in pixels, by the letters of the very font that is drawn. Without a canvas Vega takes 0.8 em for
 * every letter, which tears legends and axis titles apart.
 */
export function textWidth(item: TextItem, text: unknown = item.text): number {
  const words = Array.isArray(text) ? text.join('') : String((text as string | undefined) ?? '')
  const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600
  const width = pixelWidth(words, { font: 'open sans', size: item.fontSize ?? 11, bold })
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width
}

/** Pixels: shorter texts have room enough beside them. */
const SHORT = 80

/**
 * Writes the width that a text was laid out for beside it, so that a reader's browser without our font squeezes its wider
 * one rather than let a title run out of the picture.
 */
export function holdWidths(svg: string): string {
  return svg.replace(/<text ([^>]*)>([^]*?)<\/text>/g, (_, attributes: string, inner: string) => {
    const item = {
      fontSize: Number(/font-size="([\d.]+)px"/.exec(attributes)?.[1] ?? 11),
      fontWeight: /font-weight="(\w+)"/.exec(attributes)?.[1],
    }
    const held = (words: string): string => {
      const width = textWidth(item, unescaped(words))
      return width < SHORT ? '' : ` textLength="${Math.round(width)}" lengthAdjust="spacingAndGlyphs"`
    }
    if (!inner.includes('<')) return `<text ${attributes}${held(inner)}>${inner}</text>`
    const lines = inner.replace(
      /<tspan([^>]*)>([^<]*)/g,
      (__, place: string, words: string) => `<tspan${place}${held(words)}>${words}`,
    )
    return `<text ${attributes}>${lines}</text>`
  })
}

/** The same without these widths, for a drawing that has the font. */
export const freeWidths = (svg: string): string =>
  svg.replace(/ textLength="\d+" lengthAdjust="spacingAndGlyphs"/g, '')

const unescaped = (words: string): string =>
  words
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
