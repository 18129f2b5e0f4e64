// The pages of `npm run docs` as files that need no other host, and that do not repeat each other's styles.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const htmlPages = (site: string): string[] =>
  readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => name.replaceAll(path.sep, '/'))

const upFrom = (page: string): string => '../'.repeat(page.split('/').length - 1)

function changePages(site: string, change: (html: string, page: string) => string): void {
  for (const page of htmlPages(site)) {
    const file = path.join(site, page)
    const html = readFileSync(file, 'utf8')
    const changed = change(html, page)
    if (changed !== html) writeFileSync(file, changed)
  }
}

/** Each long style of the notebooks once, and that of formulas in the pages of TypeDoc that have some. */
export function shareParts(site: string, formulas: string): void {
  const styles = new Map<string, string>()
  const shared = (css: string, page: string): string => {
    if (!styles.has(css)) styles.set(css, `assets/style-${styles.size + 1}.css`)
    return `<link rel="stylesheet" href="${upFrom(page)}${styles.get(css)!}">`
  }
  changePages(site, (html, page) => {
    if (!page.startsWith('notebooks/'))
      return html.includes('class="katex')
        ? html.replace('</head>', () => `${shared(formulas, page)}</head>`)
        : html
    return html.replace(/<style[^>]*>([^]*?)<\/style>/g, (whole, css: string) =>
      css.length < 4000 ? whole : shared(css, page),
    )
  })
  for (const [css, name] of styles) writeFileSync(path.join(site, name), css)
}

/** Notebooks of the repository by their text, as TypeDoc copies them; by name they are not unique. */
function notebooksByText(root: string): Map<string, string> {
  const folder = path.join(root, 'notebooks')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ipynb') && !/(^|[\\/])(out|\.ipynb_checkpoints)[\\/]/.test(name),
  )
  return new Map(
    names.map((name) => [readFileSync(path.join(folder, name), 'utf8'), name.replaceAll(path.sep, '/')]),
  )
}

/**
 * Links to notebooks and to pages in Markdown lead to the pages made of them; copies that no link needs are removed.
 */
export function linkToPages(site: string, root: string): void {
  const sources = notebooksByText(root)
  const media = path.join(site, 'media')
  const needed = new Set<string>()
  changePages(site, (html, page) => {
    const up = upFrom(page)
    const folder = path.posix.dirname(page)
    const linked = (link: string, notebook: string, anchor = ''): string =>
      existsSync(path.join(site, 'notebooks', `${notebook}.html`))
        ? `href="${up}notebooks/${notebook}.html${anchor}"`
        : link
    return (
      html
        // A folder is not copied.
        .replace(/<a href="[^"]*media\/(\w+)"[^>]*>([^]*?)<\/a>/g, '$2')
        .replaceAll('href="notebooks/index.html"', `href="${up}notebooks/index.html"`)
        .replace(/href="[^":]*media\/([\w.-]+\.ipynb)"/g, (link, name: string) => {
          const source = sources.get(readFileSync(path.join(media, name), 'utf8')) ?? ''
          const to = linked(link, source.replace(/\.ipynb$/, ''))
          if (to === link) needed.add(name)
          return to
        })
        .replace(/href="([^":#]+)\.ipynb(#[^"]*)?"/g, (link, name: string, anchor?: string) =>
          linked(link, path.posix.join(folder, name).replace(/^notebooks\//, ''), anchor),
        )
        .replace(/href="[^":#]*docs\/([\w-]+)\.md(#[^"]*)?"/g, (link, name: string, anchor = '') =>
          existsSync(path.join(site, 'documents', `docs_${name}.html`))
            ? `href="${up}documents/docs_${name}.html${anchor}"`
            : link,
        )
    )
  })
  for (const name of existsSync(media) ? readdirSync(media) : [])
    if (name.endsWith('.ipynb') && !needed.has(name)) rmSync(path.join(media, name))
}

/** What pages of a site load from other hosts: scripts, styles, pictures, frames. */
export function foreignParts(site: string): { page: string; link: string }[] {
  const parts =
    /<(?:script|img|iframe|link(?! rel="canonical"))\b[^>]*?\s(?:src|href)="((?:https?:)?\/\/[^"]+)"|\b(?:import|from)\b *\(? *["']((?:https?:)?\/\/[^"']+)["']/g
  return htmlPages(site).flatMap((page) =>
    [...readFileSync(path.join(site, page), 'utf8').matchAll(parts)].map(([, tag, script]) => ({
      page,
      link: tag ?? script,
    })),
  )
}
