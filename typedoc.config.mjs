import katex from 'katex'

const MATH = /\$\$([^$]+)\$\$|\$((?!\s)[^$\n]*(?:\n[^$\n]+)*?(?<!\s))\$(?!\d)/y

/** Formulas are set when the page is made; scripts/sitePages.ts adds their style. */
function setMath(parser) {
  parser.inline.ruler.before('escape', 'math', (state, silent) => {
    if (state.src[state.pos] !== '$') return false
    MATH.lastIndex = state.pos
    const [found, display, inline] = MATH.exec(state.src) ?? []
    if (!found) return false
    const options = { displayMode: display !== undefined, strict: 'ignore' }
    if (!silent) state.push('html_inline', '', 0).content = katex.renderToString(display ?? inline, options)
    state.pos += found.length
    return true
  })
}

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'lidvae',
  entryPoints: ['src/index.ts'],
  tsconfig: 'tsconfig.build.json',
  out: 'site',
  projectDocuments: ['CONTRIBUTING.md', 'docs/*.md'],
  navigationLinks: { Notebooks: 'notebooks/index.html' },
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  githubPages: false,
  intentionallyNotExported: ['LIKELIHOODS', '__object.data'],
  skipErrorChecking: true,
  validation: { notExported: true, invalidLink: true, notDocumented: false },
  treatWarningsAsErrors: true,
  highlightLanguages: ['typescript', 'javascript', 'json', 'bash', 'sh', 'diff', 'html', 'python'],
  logLevel: 'Warn',
  markdownItLoader: setMath,
}
