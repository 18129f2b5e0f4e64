import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'

/** A link that leads nowhere: the page it is on, and what it says. */
export interface DeadLink {
  page: string
  link: string
}

const isLocal = (link: string): boolean => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(link)

/** The anchor of a heading, as GitHub and Jupyter make it. */
const slug = (heading: string): string =>
  heading
    .replace(/[`*_]|\]\([^)]*\)|\[/g, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .replace(/\s/g, '-')

/** The links of a text in Markdown, code left out. */
export function markdownLinks(text: string): string[] {
  const prose = text.replace(/^```[^]*?^```$/gm, '').replace(/`[^`\n]*`/g, '')
  return [
    ...prose.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)|<(?:a|img)\b[^>]*?(?:href|src)="([^"]+)"/g),
  ].map(([, link, html]) => link ?? html)
}

/** The text of a notebook's cells of words. */
export function notebookWords(file: string): string {
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as {
    cells: { cell_type: string; source: string | string[] }[]
  }
  return cells
    .filter((cell) => cell.cell_type === 'markdown')
    .map(({ source }) => [source].flat().join(''))
    .join('\n\n')
}

const textOf = (file: string): string =>
  file.endsWith('.ipynb') ? notebookWords(file) : readFileSync(file, 'utf8')

/** Local links of pages in Markdown and of notebooks that lead to no file, or to a heading that its file has not. */
export function deadLinks(root: string, pages: readonly string[]): DeadLink[] {
  return pages.flatMap((page) => {
    const file = path.join(root, page)
    return markdownLinks(textOf(file))
      .filter(isLocal)
      .filter((link) => {
        const [target, anchor] = link.split('#')
        const found = target === '' ? file : path.join(path.dirname(file), decodeURIComponent(target))
        if (!existsSync(found)) return true
        if (anchor === undefined || !/\.(md|ipynb)$/.test(found)) return false
        const headings = [...textOf(found).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => slug(heading))
        return !headings.includes(anchor)
      })
      .map((link) => ({ page, link }))
  })
}

/** Local links and pictures of the pages of a site that lead to no file, or to a place that the page has not. */
export function deadSiteLinks(site: string): DeadLink[] {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  )
  const texts = new Map(
    pages.map((page) => [path.join(site, page), readFileSync(path.join(site, page), 'utf8')]),
  )
  return pages.flatMap((page) => {
    const file = path.join(site, page)
    // What a notebook prints within itself, and scripts, are no links of the page.
    const html = texts.get(file)!.replace(/<script\b[^]*?<\/script>/g, '')
    const links = [...html.matchAll(/<(?:a|img|link)\b[^>]*?\s(?:href|src)="([^"]+)"/g)].map(([, link]) =>
      link.replace(/&amp;/g, '&'),
    )
    return [...new Set(links)]
      .filter(isLocal)
      .filter((link) => {
        const [target, anchor] = link.split('#')
        const found =
          target === '' ? file : path.join(path.dirname(file), decodeURIComponent(target.split('?')[0]))
        if (!existsSync(found)) return true
        const text = texts.get(found)
        return (
          Boolean(anchor) &&
          text !== undefined &&
          // Notebooks as pages name their places in code, as their links do.
          ![anchor, decodeURIComponent(anchor)].some((place) => hasPlace(text, place))
        )
      })
      .map((link) => ({ page, link }))
  })
}

const hasPlace = (html: string, anchor: string): boolean =>
  [`id="${anchor}"`, `name="${anchor}"`, `id=${anchor}`].some((one) => html.includes(one))
