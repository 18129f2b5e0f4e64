// The pages of `npm run docs` as a part of the site: each leads to the playground, and notebooks to where they run.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const GALLERY = '../index.html">lidvae</a>'

/** The page with links into the site; `up` leads from it to the site's root. */
function linked(html, up) {
  // TypeDoc's header and, on narrow windows, its menu list the gallery of notebooks.
  const withHeader = html.replace(
    /<a href="[^"]*notebooks\/index\.html"[^>]*>(<span>)?Notebooks(<\/span>)?<\/a>/g,
    (link, open = '', close = '') =>
      `${link}<a href="${up}index.html">${open}Playground and labs${close}</a>`,
  )
  return withHeader.replace(GALLERY, `${GALLERY}, <a href="${up}index.html">playground and labs</a>`)
}

/** The gallery with a link to run those notebooks that the site has. */
const runnable = (html, up, notebooks) =>
  html.replace(/(<a class="card" href="([^"]+)\.html">)([^]*?)<\/a>/g, (card, open, name) =>
    notebooks.includes(`${name}.ipynb`)
      ? `<div>${card}<p><a href="${up}notebooks/index.html?path=${name}.ipynb">Run it here</a></p></div>`
      : card,
  )

/** Copies the documentation into the folder `docs` of the site, with links to the rest of it. */
export function copyDocs(docs, out, notebooks) {
  const target = path.join(out, 'docs')
  cpSync(docs, target, { recursive: true })
  for (const name of readdirSync(target, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.html')) continue
    const file = path.join(target, name)
    const up = '../'.repeat(name.split(path.sep).length)
    const html = readFileSync(file, 'utf8')
    const isGallery = name === path.join('notebooks', 'index.html')
    const changed = isGallery ? runnable(linked(html, up), up, notebooks) : linked(html, up)
    if (changed !== html) writeFileSync(file, changed)
  }
}
