// Formulas stay as they are written: Markdown would take their backslashes away.
const MATH = /\$\$[^$]+\$\$|\$(?!\s)[^$\n]*(?:\n[^$\n]+)*?(?<!\s)\$(?!\d)/y

function keepMath(parser) {
  parser.inline.ruler.before('escape', 'math', (state, silent) => {
    if (state.src[state.pos] !== '$') return false
    MATH.lastIndex = state.pos
    const found = MATH.exec(state.src)?.[0]
    if (!found) return false
    if (!silent) state.push('text', '', 0).content = found
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
  markdownItLoader: keepMath,
}
