import { ArgumentError, unquoted } from '../base/errors'
import type { Estimate } from '../base/estimate'
import type { Evaluation } from './evaluation'
import { requireEvaluation } from './requireEvaluation'

/**
 * Cluster accuracy, (1/N) Σ_k max_label n(k, label): each component gets the most frequent label of its data
 * points; the accuracy is the fraction of data points with their component's label. It is at least the
 * fraction of the most frequent label, and it rises with the number of components, so compare it only at the
 * same K. The labels of the components are chosen on the same data points, which makes it optimistic for
 * small data sets.
 *
 * @param evaluation from `evaluate`, on data with labels.
 * @returns a fraction, with its binomial standard error.
 * @throws ArgumentError if the data have no labels or the model has no components.
 * @example
 * lid.clusterAccuracy(evaluation).value
 */
export function clusterAccuracy(
  evaluation: Pick<Evaluation, 'size' | 'components' | 'logW' | 'labels'>,
): Estimate {
  requireEvaluation(evaluation, 'logW')
  const { size, components, logW, labels } = evaluation
  if (!labels)
    throw new ArgumentError(
      'evaluation',
      unquoted('one of data without labels'),
      'an evaluation of data with labels',
    )
  if (components === 1)
    throw new ArgumentError(
      'evaluation',
      unquoted('one of a model without w'),
      'an evaluation of a mixture model',
    )
  const counts = Array.from({ length: components }, () => new Map<number, number>())
  for (let i = 0; i < size; i++) {
    let best = 0
    for (let k = 1; k < components; k++) if (logW[i * components + k] > logW[i * components + best]) best = k
    counts[best].set(labels[i], (counts[best].get(labels[i]) ?? 0) + 1)
  }
  const right = counts.reduce((sum, ofLabel) => sum + Math.max(0, ...ofLabel.values()), 0)
  const value = right / size
  return {
    value,
    standardError: Math.sqrt((value * (1 - value)) / size),
    estimator: `majority label of each of ${components} components, ${size} data points`,
  }
}
