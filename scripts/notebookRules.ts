/** A cell of a notebook, its source as one text. */
export interface Cell {
  readonly kind: string
  readonly source: string
}

/** A cell fits on a screen. */
export const MOST_LINES = 25
export const MOST_COLUMNS = 100

/** Names of methods as the papers write them. */
const NAMES = /[βδ]-VAE/g

/**
 * Greek letters and signs that only mathematics has, and densities, expectations and single-letter
 * assignments in plain text.
 */
const MATHEMATICS =
  /[α-ωΑ-Ω‖∇∂∈∝∑∫√≈½¼²³⁴⁻₀-₉ᵀ′]|\p{M}|\b[pqN]\([^)]*\)|\bE[[_]|\bI\(|\b[xzw] ?[=<>≤≥~]|[≤≥] ?[-−]?\d/u

/** Code spans, links' addresses and typeset formulas hold no plain text. */
const plainText = (source: string): string =>
  source
    .replace(/```[^]*?```/g, '')
    .replace(/`[^`]*`/g, '')
    .replace(/\$\$[^]*?\$\$/g, '')
    .replace(/\$[^$]*\$/g, '')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(NAMES, '')

/** What no cell of code does: the library does it. */
const notInCode: readonly [RegExp, string][] = [
  [
    /\bfrom '(node:)?(fs|path|os|fs\/promises)'|\brequire\(/,
    'uses files itself: lid.save and the readers do that',
  ],
  [/JSON\.parse/, 'parses files itself: use a reader of lid.experiments'],
  [/\|---|---\|/, 'builds a Markdown table: use lid.table'],
  [/^(export )?interface /m, 'declares a type of records: the readers have types'],
  [/throw new Error/, 'throws by hand: use lid.checks'],
]

/** What is wrong with the cells of a notebook by its rules, a sentence each. */
export function problemsOf(cells: readonly Cell[]): string[] {
  return cells.flatMap(({ kind, source }, at) => {
    const lines = source.split('\n')
    // A row of a table cannot be broken, nor can a formula or an address.
    const long = lines.filter(
      (line) => line.length > MOST_COLUMNS && (kind === 'code' || !/^\s*\||^\$\$|\]\(http/.test(line)),
    )
    const problems = [
      // JSON reads one backslash of \beta as the character backspace.
      ...(/[\t\b\f\v\r]/.test(source) ? ['has a control character: a backslash is written twice'] : []),
      ...(lines.length > MOST_LINES ? [`has ${lines.length} lines, at most ${MOST_LINES}`] : []),
      ...long.map((line) => `has a line of ${line.length} columns, at most ${MOST_COLUMNS}: ${line.trim()}`),
      ...(kind === 'code'
        ? notInCode.filter(([pattern]) => pattern.test(source)).map(([, what]) => what)
        : [
            ...untypeset(source),
            ...(/^#+ .*\\/m.test(source) ? ['has commands of LaTeX in a heading: the runner prints it'] : []),
          ]),
    ]
    return problems.map((problem) => `cell ${at + 1} (${kind}) ${problem}`)
  })
}

const untypeset = (source: string): string[] =>
  plainText(source)
    .split('\n')
    .flatMap((line) => {
      const found = MATHEMATICS.exec(line)
      return found ? [`has mathematics that is not typeset: "${found[0]}" in: ${line.trim()}`] : []
    })
