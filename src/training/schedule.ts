/**
 * A rate that falls once: `rate` until `at` of the steps are done, then `factor` times it.
 *
 * @param rate the rate at the start.
 * @param options `{ factor = 0.2, at = 0.7 }`.
 * @returns a function of progress in [0, 1), for `adam({ rate })`.
 * @example
 * lid.adam({ rate: lid.stepDecay(1e-3) })
 */
export const stepDecay =
  (rate: number, options: { factor?: number; at?: number } = {}) =>
  (progress: number): number =>
    progress < (options.at ?? 0.7) ? rate : rate * (options.factor ?? 0.2)
