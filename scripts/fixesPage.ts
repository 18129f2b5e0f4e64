// Writes docs/fixes.md: every earlier fix, the models it goes with, and what the records under results/fixes/
// say of it.
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
  // One line per reason, with every fix and model that it is about.
  const refused = new Map<string, { fixes: Set<string>; kinds: Set<string> }>()
  for (const name of names)
    for (const kind of kinds) {
      const reason = fixes[name].about.refusal(kind)
      if (!reason) continue
      const of = refused.get(reason) ?? { fixes: new Set(), kinds: new Set() }
      of.fixes.add(fixes[name].about.title)
      of.kinds.add(`\`${kind}\``)
      refused.set(reason, of)
    }
  const reasons = [...refused].map(
    ([reason, of]) =>
      `- ${[...of.fixes].join(' and ')} with ${[...of.kinds].join(' or ')}: ${typeset(reason)}.`,
  )
  return `${table(
    ['fix', ...kinds.map((kind) => `\`${kind}\``)],
    rows,
  )}\n\n✓ means that they go together. A dash means that they do not: there a call such as \`lid.fixes.delta.on('gmvae')\` is an error, for this reason:\n\n${reasons.join('\n')}`
}

/** The symbols of a reason, which errors print as plain text, in LaTeX. */
const typeset = (reason: string): string =>
  reason.replace('N(0, I)', () => '$N(0, I)$').replace(/(?<= )[wxz](?= )/g, (symbol) => `$${symbol}$`)

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
          ? 'not meant to be'
          : kept === found.length
            ? 'yes'
            : kept === 0
              ? '**no**'
              : `**${kept} of ${found.length} seeds**`,
      ],
    ]
  })
  return table(
    ['model or fix', 'KL', '$I(x;z)$', 'AU', '$\\log p(x)$', 'cost', 'KL above plain'],
    rows,
  ).replaceAll('-0.00', '0.00')
}

interface ReconstructionRecord {
  sigma: number
  weight: number
  seed: number
  kl: number
  latentError: number
  witness: { found: boolean; closest: number; typical: number }
}

/** The latent reconstruction loss, by noise and weight. */
function reconstructed(): string {
  const from = path.join(folder, '..', 'latent-reconstruction')
  const records = readdirSync(from)
    .map((file) => JSON.parse(readFileSync(path.join(from, file), 'utf8')) as ReconstructionRecord)
    .sort((a, b) => a.sigma - b.sigma || a.weight - b.weight || a.seed - b.seed)
  const keys = [...new Set(records.map(({ sigma, weight }) => `${sigma} ${weight}`))]
  const rows = keys.map((key) => {
    const of = records.filter(({ sigma, weight }) => `${sigma} ${weight}` === key)
    const each = (value: (record: ReconstructionRecord) => string) => of.map(value).join(', ')
    return [
      String(of[0].sigma),
      String(of[0].weight),
      each(({ kl }) => kl.toFixed(2)),
      each(({ latentError }) => latentError.toFixed(2)),
      each(({ witness }) => (witness.found ? '**yes**' : 'no')),
      each(({ witness }) => witness.closest.toExponential(0)),
      each(({ witness }) => witness.typical.toExponential(0)),
    ]
  })
  const head = [
    '$\\sigma$',
    '$\\lambda$',
    'KL',
    '$\\lVert z - m(D(z)) \\rVert^2$',
    'witness found',
    'closest pair',
    'a typical step',
  ]
  return table(head, rows)
}

/** The text of the page. */
export async function fixesPage(): Promise<string> {
  const text = `# Earlier fixes of collapse, measured

A fix changes one part of a model or of its training: the objective, a schedule, the prior, the posterior, the decoder or the inference. The fixes are the functions of \`lid.fixes\`; the documentation of each gives its formula and its source. [A notebook](../notebooks/explore/fixes.ipynb) compares one of them with the plain and the identifiable model.

## Which fix goes with which model

${matrix()}

## On synthetic text

The data are 4,000 synthetic sentences over 200 words. The models have 3 units of $z$ and an LSTM of width 24, and train for 15 epochs. Each entry has two numbers, for seeds 1 and 2. KL from the prior, mutual information $I(x;z)$ and log-likelihood $\\log p(x)$ are in nats per sentence of held-out text; AU is the fraction of active units of $z$. *Cost* is the processor time of training, divided by that of the plain model. The last column says whether the KL is more than ${KEPT} nat above the plain model's; some fixes are not meant to raise the KL.

${measured()}

Each fix has its own settings, and none is tuned to these data. A high KL does not mean that the code carries information: the KL of the δ-VAE is above zero, but its mutual information is not. So compare mutual information and log-likelihood.

## The latent reconstruction loss, and what is newer

Song, Kim and Lee ([2025](https://arxiv.org/abs/2508.12530)) add a loss that asks for no special architecture: a code is to come back when its decoded mean $D(z)$ is encoded, $\\lambda\\, \\mathbb{E} \\lVert z - m(D(z)) \\rVert^2$ with $m(x) = \\mathbb{E}[z \\mid x]$, since a map is injective if a map after it brings its argument back. \`lid.fixes.latentReconstruction\` follows the description of the abstract, with $z$ a draw of $q(z \\mid x)$. Is a decoder so trained injective? \`lid.witness\` looks for two codes, at least 1 apart, whose likelihoods differ by at most 0.001 nat. The data are 400 points of the pinwheel, whose spread is about 1; the models have a Gaussian likelihood with a fixed $\\sigma$ and train for 40 epochs. Each entry has three numbers, for seeds 1, 2 and 3; $\\lambda = 0$ is the ELBO alone.

${reconstructed()}

It raises the KL, and $z$ comes back. But a decoder that moves little still lets a steep encoder bring $z$ back, and where no data are nothing asks for it: where a witness was found, some pairs of codes cannot be told apart, although the loss is small; the typical step says that the same step elsewhere can be ($\\lambda \\ge 10$: 0.002 to 0.12 nat). It is a penalty and no guarantee; an injective decoder has one.

Left out: the density-gap regularisation of text VAEs (Zhang et al. 2022) changes the KL from the prior to one of the aggregate posterior on the batch, which free bits and the mutual autoencoder approach from other sides; the analyses of collapse as a phase transition in $\\sigma$ (2025) give a criterion rather than a remedy, and \`lid.expectedActive\` computes it; hierarchical and conditional VAEs (Dang et al. 2024) are not models of this library.

\`npx tsx scripts/fixesPage.ts\` makes this page from the records in \`results/fixes\`; each record contains the command that made it.
`
  return format(text, { parser: 'markdown', printWidth: 200, proseWrap: 'preserve' })
}

if (require.main === module) void fixesPage().then((text) => writeFileSync(pageFile, text))
