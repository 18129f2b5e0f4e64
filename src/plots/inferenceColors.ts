import { ink } from './theme'

/** Grey of the prior, in every chart of a posterior. */
export const priorColor = '#b8c0c9'
/** Its outline if something covers it. */
export const priorOutline = '#6b7683'

const known: Readonly<Record<string, string>> = {
  prior: priorColor,
  exact: ink,
  HMC: '#009e73',
  'mean-field': '#cc79a7',
  'full-rank': '#5b4a9e',
}
const others = ['#b59f00', '#d55e00', '#0072b2', '#8a3d00', '#56b4e9']

/**
 * A colour for each inference method, the same in every chart: exact black, HMC green, mean-field pink,
 * full-rank violet, then other colours.
 */
export function inferenceColors(
  labels: readonly string[],
  chosen: Readonly<Record<string, string>> = {},
): string[] {
  let used = 0
  return labels.map((label) => {
    const kind = Object.keys(known).find((one) => label.startsWith(one))
    return chosen[label] ?? (kind === undefined ? others[used++ % others.length] : known[kind])
  })
}

/** A colour scale over methods with explicit domain and range. */
export const inferenceScale = (labels: readonly string[], chosen?: Readonly<Record<string, string>>) => ({
  domain: labels,
  range: inferenceColors(labels, chosen),
})
