import { ArgumentError, unquoted } from '../base/errors'
import { moments, type Estimate } from '../base/estimate'
import { drawsOf, type Evaluation } from './evaluation'
import { logEvidence, type Evidence } from './logEvidence'
import { requireEvaluation } from './requireEvaluation'

/**
 * Perplexity of texts: exp(−Σ_i log p(x_i) / Σ_i n_i), where n_i is the number of tokens of text i including
 * its end `</s>`, and log p is importance-weighted. It is an upper bound in expectation, because
 * `logLikelihood` is a lower bound. The standard error over texts is that of a ratio of sums by the delta
 * method.
 *
 * @param evaluation from `evaluate`, of texts.
 * @returns the perplexity: the number of equally likely tokens with the same log-likelihood per token.
 * @throws ArgumentError if the evaluation is not of texts.
 * @example
 * const { test, vocabulary } = lid.data.syntheticText({ tokens: 200 })
 * const texts = lid.svae({ vocabulary, latent: 3, hidden: 24, embedding: 24 })
 * lid.perplexity(await lid.evaluate(texts, test)).value
 * @see He et al. 2019, table 3 (PPL).
 */
export function perplexity(evaluation: Evidence & Pick<Evaluation, 'words'>): Estimate {
  requireEvaluation(evaluation, 'logRatio')
  const { size, words } = evaluation
  if (!words)
    throw new ArgumentError(
      'evaluation',
      unquoted('one of rows of numbers'),
      'an evaluation of texts',
      'Perplexity is defined for texts. Use logLikelihood for other data.',
    )
  const { points, correction } = logEvidence(evaluation)
  const logs = points.map((log) => log + correction.value)
  const total = words.reduce((sum, n) => sum + n, 0)
  const perWord = logs.reduce((sum, log) => sum + log, 0) / total
  const residuals = logs.map((log, i) => log - perWord * words[i])
  const value = Math.exp(-perWord)
  return {
    value,
    standardError: (value * Math.sqrt(size * moments(residuals).variance)) / total,
    estimator: `${drawsOf(evaluation)}, ${size} texts, ${total} tokens`,
  }
}
