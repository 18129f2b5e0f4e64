import { ArgumentError } from '../errors'
import type { ChartOptions, VegaLiteSpec } from './spec'
import { chart } from './theme'

/**
 * Charts side by side as one, each keeping its own title, scales and legends.
 *
 * @param specs Two or more specifications of this module.
 * @param options A common title and subtitle.
 * @returns A Vega-Lite specification.
 * @throws ArgumentError if there are none.
 * @example
 * lid.show(lid.plots.beside([lid.plots.training(history), lid.plots.collapse(diagnosis)], { title: 'One model' }))
 */
export function beside(specs: readonly VegaLiteSpec[], options: ChartOptions = {}): VegaLiteSpec {
  if (!Array.isArray(specs) || specs.length === 0)
    throw new ArgumentError('specs', specs, 'a list of specifications', 'Give [lid.plots.samples(…), …].')
  const parts = specs.map(({ $schema: _schema, config: _config, ...body }: VegaLiteSpec) => body)
  return chart(options.title ?? '', options.subtitle ?? '', {
    spacing: 30,
    hconcat: parts,
    resolve: { scale: { color: 'independent' }, legend: { color: 'independent' } },
  })
}
