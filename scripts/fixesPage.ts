// Writes docs/fixes.md: every earlier fix, the models it goes with, and what the records under results/fixes/ say of it.
//
//   npx tsx scripts/fixesPage.ts
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format } from 'prettier'
import * as fixes from '../src/fixes'
import type { Estimate } from '../src/base/estimate'
import type { ModelKind } from '../src/models/model'

interface FixRecord {
  fix: string
  seed: number
  metrics: Record<'kl' | 'mi' | 'au' | 'll' | 'flatness', Estimate>
  cpuSeconds: number
}

const folder = path.join(__dirname, '..', 'results', 'fixes', 'synthetic')
/** The page, where the repository has it. */
export const pageFile = path.join(__dirname, '..', 'docs', 'fixes.md')
/** What a fix that is meant to keep the KL has to keep above the plain model's, nats. */
const KEPT = 0.05

const kinds: readonly ModelKind[] = ['vae', 'lidvae', 'gmvae', 'lidmvae', 'svae', 'lidsvae']
const names = Object.keys(fixes) as fixes.FixName[]
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly string[][]): string =>
  [line(head), line(head.map((_, i) => (i ? '---:' : '---'))), ...rows.map(line)].join('\n')

function matrix(): string {
  const rows = names.map((name) => [
    `${fixes[name].about.title} (\`${name}\`)`,
    ...kinds.map((kind) => (fixes[name].about.refusal(kind) ? '–' : '✓')),
  ])
  const reasons = new Set(
    names.flatMap((name) =>
      kinds.flatMap((kind) => {
        const reason = fixes[name].about.refusal(kind)
        return reason ? [`- ${fixes[name].about.title}, \`${kind}\`: ${reason}.`] : []
      }),
    ),
  )
  return `${table(
    ['fix', ...kinds.map((kind) => `\`${kind}\``)],
    rows,
  )}\n\nWhere there is a dash, \`on\` refuses:\n\n${[...reasons].join('\n')}`
}

function measured(): string {
  const records = readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as FixRecord,
  )
  const seeds = [...new Set(records.map(({ seed }) => seed))].sort((a, b) => a - b)
  const of = (fix: string) =>
    seeds.flatMap((seed) => records.filter((record) => record.fix === fix && record.seed === seed))
  const plain = of('plain')
  const rows = ['plain', 'identifiable', ...names].flatMap((name) => {
    const found = of(name)
    if (found.length === 0) return []
    const each = (value: (record: FixRecord, i: number) => string) => found.map(value).join(', ')
    const fix = name in fixes ? fixes[name as fixes.FixName].about : undefined
    const kept = found.filter(({ metrics }, i) => metrics.kl.value > plain[i].metrics.kl.value + KEPT).length
    return [
      [
        fix?.title ?? name,
        each(({ metrics }) => metrics.kl.value.toFixed(2)),
        each(({ metrics }) => metrics.mi.value.toFixed(2)),
        each(({ metrics }) => metrics.au.value.toFixed(2)),
        each(({ metrics }) => metrics.ll.value.toFixed(2)),
        each(({ cpuSeconds }, i) => (cpuSeconds / plain[i].cpuSeconds).toFixed(1)),
        fix?.keepsKl === false || name === 'plain'
          ? 'not meant to'
          : kept === found.length
            ? 'yes'
            : kept === 0
              ? '**no**'
              : `**${kept} of ${found.length} seeds**`,
      ],
    ]
  })
  return table(
    ['training', 'KL', '$I(x;z)$', 'AU', '$\\log p(x)$', 'cost', `KL ${KEPT} nat above plain`],
    rows,
  ).replaceAll('-0.00', '0.00')
}

/** The text of the page. */
export async function fixesPage(): Promise<string> {
  const text = `# Earlier fixes of collapse, measured

Every fix changes one part of a model or of its training: \`lid.fixes\` has its formula and source, \`notebooks/explore/fixes.ipynb\` tries one beside the plain and the identifiable model.

## What goes with what

${matrix()}

## On synthetic text

4,000 sentences over 200 words, z of 3 units, an LSTM of 24, 15 epochs; seeds 1 and 2, one figure each. In nats per sentence of held-out text; *cost* is the processor's time of the training in units of the plain model's.

${measured()}

Each fix has its own settings, none tuned to this data. What they do not promise: that the code says something. The δ-VAE holds its KL and has no information in it; log-likelihood and information are what to look at.

Made from the records by \`npx tsx scripts/fixesPage.ts\`; a record is made by the command inside it.
`
  return format(text, { parser: 'markdown', printWidth: 200, proseWrap: 'preserve' })
}

if (require.main === module) void fixesPage().then((text) => writeFileSync(pageFile, text))
