import { table } from 'arquero'
import type ColumnTable from 'arquero/dist/types/table/column-table'
import type { Evaluation } from './evaluation'
import { pointElbos } from './importance'
import { logEvidence } from './logEvidence'

/**
 * Gives an evaluation its table of data points, made when it is first read.
 *
 * @param evaluation the rest of it.
 * @returns the same object, with `points`.
 */
export function withPoints(evaluation: Omit<Evaluation, 'points'>): Evaluation {
  let points: ColumnTable | undefined
  return Object.defineProperty(evaluation, 'points', {
    get: () => (points ??= table(columnsOf(evaluation))),
  }) as Evaluation
}

function columnsOf(e: Omit<Evaluation, 'points'>): Record<string, ArrayLike<number>> {
  const { size, latent, klZ, labels, words } = e
  return {
    row: e.rows ?? Uint32Array.from({ length: size }, (_, i) => i),
    ...(labels && { label: labels }),
    ...(words && { tokens: words }),
    logLikelihood: logEvidence(e).points,
    elbo: pointElbos(e),
    reconstruction: e.reconstruction,
    klZ: Float64Array.from({ length: size }, (_, i) =>
      klZ.subarray(i * latent, (i + 1) * latent).reduce((sum, kl) => sum + kl, 0),
    ),
    klW: e.klW,
  }
}
