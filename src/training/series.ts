import type { Panel, Reading } from './observer'

/**
 * A quantity that a fix reports at every step: its values stand under its name in the rows of the history,
 * and in a panel of the live chart.
 */
export interface Series {
  /** Its name among what a step reports: `'innerSteps'`. */
  readonly name: string
  /** Where it is drawn. */
  readonly panel: Panel
  /** What the line is called. */
  readonly line: string
  /** A reference value, drawn as its own line. */
  readonly target?: { readonly line: string; readonly value: number }
}

/** The values that a step reported of these quantities, for a display. */
export const readingsOf = (series: readonly Series[], values: Readonly<Record<string, number>>): Reading[] =>
  series.flatMap(({ name, panel, line, target }) => [
    { panel, line, value: values[name] },
    ...(target ? [{ panel, ...target }] : []),
  ])
