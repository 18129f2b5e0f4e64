import { ArgumentError } from '../base/errors'
import { requireOptions } from '../base/options'
import { renamed } from './linked'
import { CHART_OPTIONS, type ChartOptions, type VegaLiteSpec } from './spec'
import { chart } from './theme'

/**
 * Charts side by side as one chart. Each keeps its own title, scales and legends.
 *
 * @param specs Two or more specifications of this module.
 * @param options A common title and subtitle.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there are no specifications.
 * @example
 * lid.show(lid.plots.beside([lid.plots.training(history), lid.plots.collapse(diagnosis)], { title: 'One model' }))
 */
export function beside(specs: readonly VegaLiteSpec[], options: ChartOptions = {}): VegaLiteSpec {
  requireOptions('beside', options, CHART_OPTIONS)
  if (!Array.isArray(specs) || specs.length === 0)
    throw new ArgumentError('specs', specs, 'a list of specifications', 'Give [lid.plots.samples(…), …].')
  const parts = specs.map(({ $schema: _schema, config: _config, ...body }: VegaLiteSpec, i) =>
    renamed(body, `_${i}`),
  )
  // Vega-Lite requires selections at the top level.
  const params = parts.flatMap((part) => (part.params as object[] | undefined) ?? [])
  return chart(options.title ?? '', options.subtitle ?? '', {
    spacing: 30,
    ...(params.length > 0 && { params }),
    hconcat: parts.map(({ params: _params, ...part }) => part),
    resolve: { scale: { color: 'independent' }, legend: { color: 'independent' } },
  })
}
