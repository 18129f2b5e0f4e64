// Formulas of pages: set once, when the page is written, so that it needs neither a script nor another host.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import katex from 'katex'
import { replaceFile } from '../platform/files'

/**
 * A formula as HTML, with MathML beside it for those who listen; one that cannot be set is shown as it is
 * written, in red.
 */
export const setFormula = (tex: string, display: boolean): string =>
  katex.renderToString(tex.trim(), { displayMode: display, throwOnError: false, strict: 'ignore' })

const MARKED = /<span data-formula="(inline|display)">([^<]*)<\/span>/g
const ENTITIES = { '&lt;': '<', '&gt;': '>', '&amp;': '&' } as const
const unescaped = (html: string): string =>
  html.replace(/&(?:lt|gt|amp);/g, (one) => ENTITIES[one as keyof typeof ENTITIES])

/** The style of formulas, with its fonts inside. */
export function formulaStyle(): string {
  const folder = path.dirname(require.resolve('katex'))
  const font = (name: string): string => readFileSync(path.join(folder, 'fonts', name)).toString('base64')
  return readFileSync(path.join(folder, 'katex.min.css'), 'utf8').replace(
    /src:url\(fonts\/([\w-]+\.woff2)\)[^;}]*/g,
    (_, name: string) => `src:url(data:font/woff2;base64,${font(name)}) format("woff2")`,
  )
}

/** A page in which the formulas that page.py marked are set; one without formulas stays as it is. */
export function withFormulas(page: string): string {
  let any = false
  const set = page.replace(MARKED, (_, kind: string, tex: string) => {
    any = true
    return setFormula(unescaped(tex), kind === 'display')
  })
  return any ? set.replace('</head>', () => `<style>${formulaStyle()}</style>\n</head>`) : page
}

/** The same in a file. */
export const setFormulas = (page: string): void => replaceFile(page, withFormulas(readFileSync(page, 'utf8')))
