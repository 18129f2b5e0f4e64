/** Opacity of marks outside a selection. */
const outside = 0.12

/**
 * A click on a legend entry selects the marks with its value in all panels; shift adds to the selection, a
 * double click clears it. Pictures show everything.
 *
 * @see https://vega.github.io/vega-lite/docs/bind.html#legend-binding
 */
export const chosenByLegend = (field: string, views: readonly string[]) => ({
  name: 'chosen',
  select: { type: 'point', fields: [field] },
  bind: 'legend',
  views,
})

/** The opacity of a mark that a selection can fade. */
export const opacityOfChosen = (opacity: number) => ({
  condition: { param: 'chosen', value: opacity },
  value: outside,
})

/** The row under the pointer is highlighted in all panels, wherever the field has the same value. */
export const pointedAt = (field: string, views: readonly string[]) => ({
  name: 'pointed',
  select: { type: 'point', fields: [field], nearest: true, on: 'pointerover', clear: 'pointerout' },
  views,
})

/** A value for the row under the pointer, and one for all others. */
export const ifPointedAt = <T>(value: T, otherwise: T) => ({
  condition: { param: 'pointed', empty: false, value },
  value: otherwise,
})

/** The same chart with other names of selections and views, so that several can be combined. */
export function renamed<T>(body: T, suffix: string): T {
  const rename = (value: unknown, key?: string): unknown => {
    if (Array.isArray(value)) return value.map((each) => rename(each, key))
    if (typeof value === 'object' && value !== null)
      // Rows may have a column of that name.
      return Object.fromEntries(
        Object.entries(value).map(([k, each]) => [k, k === 'data' ? each : rename(each, k)]),
      )
    return typeof value === 'string' && (key === 'param' || key === 'name' || key === 'views')
      ? `${value}${suffix}`
      : value
  }
  return rename(body) as T
}
