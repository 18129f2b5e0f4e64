import { ArgumentError } from '../base/errors'
import { moments, type Estimate } from '../base/estimate'
import type { Evaluation } from './evaluation'
import { pointLogLikelihoods } from './logLikelihood'
import { requireEvaluation } from './requireEvaluation'

/**
 * Perplexity of texts: exp(−Σ_i log p(x_i) / Σ_i n_i), n_i the words of text i with its end `</s>`, log p importance-weighted. An upper bound in expectation, as `logLikelihood` is
 * a lower one. Standard error over texts by the delta method, of a ratio of sums.
 *
 * @param evaluation from `evaluate`, of texts.
 * @returns words, as many as a fair die would have sides.
 * @throws ArgumentError for an evaluation of rows of numbers.
 * @example
 * const { test, vocabulary } = lid.data.syntheticText({ words: 200 })
 * const texts = lid.svae({ vocabulary, latent: 3, hidden: 24, embedding: 24 })
 * lid.perplexity(await lid.evaluate(texts, test)).value
 * @see He et al. 2019, table 3 (PPL).
 */
export function perplexity(
  evaluation: Pick<Evaluation, 'size' | 'samples' | 'components' | 'logRatio' | 'words'>,
): Estimate {
  requireEvaluation(evaluation, 'logRatio')
  const { size, samples, words } = evaluation
  if (!words)
    throw new ArgumentError(
      'evaluation',
      'one of rows of numbers',
      'one of texts',
      'Perplexity is of words; take logLikelihood.',
    )
  const logs = pointLogLikelihoods(evaluation)
  const total = words.reduce((sum, n) => sum + n, 0)
  const perWord = logs.reduce((sum, log) => sum + log, 0) / total
  const residuals = logs.map((log, i) => log - perWord * words[i])
  const value = Math.exp(-perWord)
  return {
    value,
    standardError: (value * Math.sqrt(size * moments(residuals).variance)) / total,
    estimator: `importance-weighted, ${samples} draws, ${size} texts, ${total} words`,
  }
}
