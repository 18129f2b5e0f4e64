import { ink, type ModelLook } from './theme'

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
 * full-rank violet, then other colours. `kinds` names the method behind a label; without it, only a label
 * that is a method's whole name counts.
 */
export function inferenceColors(
  labels: readonly string[],
  { colors = {}, kinds = {} }: ModelLook = {},
): string[] {
  let used = 0
  return labels.map((label) => {
    if (Object.hasOwn(colors, label)) return colors[label]
    const kind = Object.hasOwn(kinds, label) ? kinds[label] : label
    return Object.hasOwn(known, kind) ? known[kind] : others[used++ % others.length]
  })
}

/** A colour scale over methods with explicit domain and range. */
export const inferenceScale = (labels: readonly string[], look?: ModelLook) => ({
  domain: labels,
  range: inferenceColors(labels, look),
})
