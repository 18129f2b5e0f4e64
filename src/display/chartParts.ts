import { ArgumentError, unquoted } from '../base/errors'
import type { VegaLiteSpec } from '../plots/spec'

/**
 * Throws where a chart's data are in a file or on the web: it would be drawn without them.
 *
 * @throws ArgumentError that names the address
 */
export function requireDataInside(spec: unknown): void {
  if (Array.isArray(spec)) return spec.forEach(requireDataInside)
  if (!isObject(spec)) return
  for (const [name, value] of Object.entries(spec as Record<string, unknown>)) {
    const url = name === 'data' ? (value as { url?: unknown } | null)?.url : undefined
    if (typeof url === 'string')
      throw new ArgumentError(
        'data of the chart',
        unquoted(`the address ${url}`),
        'values inside it',
        "Read them first: data: { values: (await aq.loadCSV('my.csv')).objects() }.",
      )
    // Rows are no charts.
    if (name !== 'values' && name !== 'datasets') requireDataInside(value)
  }
}

/** True for an object that is no array. */
export const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The title's text; empty if there is none. */
export function titleOf(spec: VegaLiteSpec): string {
  const title = spec.title as string | { text?: string | string[] } | undefined
  const text = typeof title === 'object' ? title?.text : title
  return Array.isArray(text) ? text.join(' ') : (text ?? '')
}
