import escapeHtml from 'escape-html'
import { ArgumentError } from '../base/errors'
import { formatEstimate } from '../base/estimate'
import { toSvg } from '../display/render'
import { writeWhole } from '../platform/files'
import path from '../platform/path'
import type { VegaLiteSpec } from '../plots/spec'
import { unitBars } from '../plots/unitBars'
import { activeComponents, namedMetrics, namedMetricsOfW, type Audit } from './result'

/** Writes an audit into a file: `.html`, a page that needs no network, or `.json`. Returns its absolute path. */
export function saveAudit(audit: Audit, file: string): string {
  const ending = typeof file === 'string' ? path.extname(file).toLowerCase() : ''
  if (ending === '.json') return writeWhole(file, `${JSON.stringify(audit, null, 2)}\n`)
  if (ending === '.html') return writeWhole(file, auditPage(audit))
  throw new ArgumentError('file', file, 'a path ending in .html or .json')
}

const text = (value: unknown): string => escapeHtml(String(value))

/** The report as a page: the verdict, the figures, charts of the units, settings, checksums and versions. */
export function auditPage(audit: Audit): string {
  const {
    verdict,
    metrics,
    cannotTell,
    notes,
    witness,
    settings,
    files,
    versions,
    size,
    latent,
    prior,
    decodings,
    seconds,
  } = audit
  const title = audit.collapsed
    ? 'The posterior has collapsed'
    : verdict.every(({ kind }) => kind === 'healthy')
      ? 'The posterior has not collapsed'
      : `Verdict: ${verdict.map(({ variable, kind }) => (verdict.length > 1 ? `${kind} (${variable})` : kind)).join(', ')}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${text(title)}</h1>
${verdict.map(({ summary }) => `<p class="verdict">${text(summary)}</p>`).join('\n')}
${rows('Figures', [
  ['data points', size.toLocaleString('en-US')],
  ['active units', `${audit.units.filter(({ active }) => active).length} of ${latent}`],
  ...namedMetrics(metrics).map(([name, estimate]): Pair => [
    name,
    `${formatEstimate(estimate)} nats`,
    estimate.estimator,
  ]),
  ...(metrics.w
    ? [
        ['active components', activeComponents(audit)] as Pair,
        ['usage of the components', (audit.usage ?? []).map((share) => share.toFixed(2)).join(', ')] as Pair,
        ...namedMetricsOfW(metrics.w).map(([name, estimate]): Pair => [
          name,
          `${formatEstimate(estimate)} nats`,
          estimate.estimator,
        ]),
      ]
    : []),
])}
<div class="charts">
${chartsOf(audit)
  .map((spec) => `<figure>${toSvg(spec)}</figure>`)
  .join('\n')}
</div>
${witness ? `<h2>Two codes with the same likelihood</h2>\n<p>${text(witness.summary)}</p>` : ''}
${cannotTell.length ? `<h2>Not measured</h2>\n<ul>${cannotTell.map((line) => `<li>${text(line)}</li>`).join('')}</ul>` : ''}
${notes.length ? `<h2>Notes</h2>\n<ul>${notes.map((line) => `<li>${text(line)}</li>`).join('')}</ul>` : ''}
${rows('Settings', [...Object.entries({ ...settings, prior, 'codes decoded': decodings.toLocaleString('en-US'), seconds: seconds.toFixed(1) }).map(([name, value]): Pair => [name, String(value)])])}
${
  files.length
    ? rows(
        'Files',
        files.map(({ role, file, bytes, sha256 }): Pair => [
          role,
          file,
          `${bytes.toLocaleString('en-US')} bytes, SHA-256 ${sha256}`,
        ]),
      )
    : ''
}
${rows(
  'Versions',
  Object.entries(versions).map(([name, value]): Pair => [name, value]),
)}
</body>
</html>
`
}

type Pair = [string, string, string?]

const rows = (title: string, pairs: readonly Pair[]): string =>
  `<h2>${text(title)}</h2>\n<table>${pairs
    .map(
      ([name, value, note]) =>
        `<tr><th>${text(name)}</th><td>${text(value)}${note ? `<small>${text(note)}</small>` : ''}</td></tr>`,
    )
    .join('\n')}</table>`

/** Bars of each unit: activity, KL and flatness as far as they were measured, and the aggregate posterior. */
function chartsOf({ units, aggregate }: Audit): VegaLiteSpec[] {
  const bars = (
    values: readonly number[],
    quantity: string,
    unit: string,
    threshold?: number,
  ): VegaLiteSpec[] =>
    values.every(Number.isFinite) && values.length > 0
      ? [unitBars(values, { quantity, unit, ...(threshold !== undefined && { threshold }) })]
      : []
  const of = (name: 'kl' | 'flatness') => units.flatMap((unit) => unit[name]?.value ?? [])
  return [
    ...bars(of('kl'), 'KL of each unit of z', 'nats per data point'),
    ...bars(of('flatness'), 'Flatness of each unit of z', 'nats per data point'),
    ...bars(
      units.map(({ activity }) => activity),
      'Activity of each unit of z',
      'variance of its mean',
      0.01,
    ),
    ...bars(aggregate.sd, 'Spread of q(z) in each unit', 'standard deviation (1: as the prior)'),
  ]
}

const STYLE = `
:root { color-scheme: light }
body { background: #fff; color: #111; font: 15px/1.5 system-ui, sans-serif; margin: 24px auto; max-width: 820px; padding: 0 16px }
h1 { font-size: 24px; margin: 0 0 8px }
h2 { font-size: 17px; margin: 24px 0 4px }
.verdict { border-left: 4px solid #4c78a8; padding-left: 12px }
table { border-collapse: collapse }
th, td { border-bottom: 1px solid #ddd; padding: 3px 12px 3px 0; text-align: left; vertical-align: top; overflow-wrap: anywhere }
th { font-weight: 500; white-space: nowrap }
small { color: #666; display: block }
figure { margin: 16px 0 0 }
svg { display: block; height: auto; max-width: 100% }
.charts { display: grid; gap: 0 24px; grid-template-columns: repeat(auto-fit, minmax(min(360px, 100%), 1fr)) }
`
