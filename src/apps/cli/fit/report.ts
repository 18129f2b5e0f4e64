import escapeHtml from 'escape-html'
import { formatEstimate } from '../../../base/estimate'
import { thousands } from '../../../base/thousands'
import { TextSet } from '../../../data/text/textSet'
import type { DataSet } from '../../../data/dataset'
import { toSvg } from '../../../display/render'
import type { Model } from '../../../models/model'
import { traversal } from '../../../models/traversal'
import { encode, reconstruct, sample } from '../../../models/use'
import { ownVersion } from '../../../platform/places'
import * as plots from '../../../plots'
import type { VegaLiteSpec } from '../../../plots/spec'
import type { FitRun } from './results'

type Told = Omit<FitRun, 'engine'> & { model: Model }

/** A page with settings, verdicts, measures and charts, in one file that needs no network. */
export async function reportOf(run: Told): Promise<string> {
  const { settings, found, history, data } = run
  const unit = data instanceof TextSet ? 'nats per text' : 'nats per data point'
  const charts: VegaLiteSpec[] = [
    plots.training(history, { unit }),
    plots.collapse(found, { unit }),
    plots.klUnits(history, { unit }),
    ...(data instanceof TextSet ? [] : await chartsOfRows(run)),
  ]
  const title = `${settings.model} on ${data.name.replace(/, training$/, '')}`
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<style>body{font:15px/1.5 'Open Sans','Helvetica Neue',Arial,sans-serif;color:#1f2933;max-width:960px;margin:24px auto;padding:0 16px}
table{border-collapse:collapse;margin:12px 0}td,th{text-align:left;padding:2px 16px 2px 0;vertical-align:top}svg{max-width:100%;height:auto;margin:12px 0}</style></head>
<body>
<h1>${escapeHtml(title)}</h1>
<ul>${found.verdict.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>
${table(measures(run))}
${charts.map((chart) => toSvg(chart)).join('\n')}
<h2>Settings</h2>
${table(settingsInWords(run))}
<p>lidvae ${escapeHtml(ownVersion())}</p>
</body>
</html>
`
}

const table = (rows: readonly (readonly [string, string])[]): string =>
  `<table>${rows.map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`).join('')}</table>`

function measures({ found }: Told): [string, string][] {
  return [
    ['log p(x), held out', `${formatEstimate(found.logLikelihood)} nats`],
    ['ELBO', `${formatEstimate(found.elbo)} nats`],
    ...found.variables.flatMap(
      ({ variable, activeUnits, kl, mutualInformation, flatness }): [string, string][] => [
        [`active units of ${variable}`, formatEstimate(activeUnits)],
        [`KL of ${variable}`, `${formatEstimate(kl)} nats`],
        [`mutual information of ${variable}`, `${formatEstimate(mutualInformation)} nats`],
        [`flatness of ${variable}`, `${formatEstimate(flatness)} nats`],
      ],
    ),
  ]
}

function settingsInWords({ settings, likelihood, data, test }: Told): [string, string][] {
  const { data: options, run: folder, html: _, texts: _texts, components, model, ...others } = settings
  const isMixture = model === 'gmvae' || model === 'lidmvae'
  return [
    ['data points', `${thousands(data.size)} trained on, ${thousands(test.size)} held out`],
    ['model', model],
    ...Object.entries({ ...others, likelihood }).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
    ...(isMixture ? [['components', String(components)] as [string, string]] : []),
    ...Object.entries(options).map(([name, value]): [string, string] => [name, JSON.stringify(value)]),
    ['run folder', folder],
  ]
}

/** Images as pictures, and codes as points. */
async function chartsOfRows({ model, test, found }: Told): Promise<VegaLiteSpec[]> {
  const rows = test as DataSet
  const { mean } = await encode(model, rows)
  const { points } = plots.projectLatent(mean, model.latent)
  const { labels, labelNames, shape } = rows
  const coded = points.map((point, i) => (labels ? { ...point, label: labels[i] } : point))
  const charts = [plots.latentScatter(coded, labelNames ? { labels: labelNames } : {})]
  if (!isImage(shape)) return charts
  const some = rows.take(10)
  const reconstructed = { [found.model]: await reconstruct(model, some) }
  const drawn = await sample(model, { count: 24, seed: 1 })
  return [
    ...charts,
    plots.reconstructions({ original: some.x, models: reconstructed, shape }),
    plots.samples({ images: drawn.mean, shape }),
    plots.traversal(await traversal(model, rows, { units: Math.min(8, model.latent) })),
  ]
}

const isImage = (shape: readonly number[]): boolean =>
  shape.length === 2 || (shape.length === 3 && (shape[2] === 1 || shape[2] === 3))
