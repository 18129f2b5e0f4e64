import type { Estimate } from '../../../base/estimate'
import type { EngineInfo } from '../../../compute/engine'
import { TextSet } from '../../../data/text/textSet'
import type { Diagnosis, VariableDiagnosis } from '../../../metrics/diagnose'
import type { History } from '../../../training/history'
import type { OwnDataSet } from './model'
import type { FitSettings } from './options'

/** Everything of a run that its results are made of. */
export interface FitRun {
  settings: FitSettings
  likelihood: string
  /** The data points that were trained on, and those held out. */
  data: OwnDataSet
  test: OwnDataSet
  history: History
  found: Diagnosis
  engine: EngineInfo
}

const estimated = ({ value, standardError }: Estimate): object => ({ value, standardError })

const variable = ({
  activeUnits,
  kl,
  mutualInformation,
  flatness,
  inferenceGap,
  verdict,
}: VariableDiagnosis): object => ({
  activeUnits: estimated(activeUnits),
  kl: estimated(kl),
  mutualInformation: estimated(mutualInformation),
  flatness: estimated(flatness),
  inferenceGap: estimated(inferenceGap),
  verdict: verdict.kind,
})

/** What `diagnosis.json` and `--json` hold: every setting, and every measure with its standard error. */
export function resultsOf({ settings, likelihood, data, test, history, found, engine }: FitRun): object {
  const { rows, best } = history
  return {
    format: 1,
    settings: { ...settings, likelihood },
    data: {
      train: data.size,
      test: test.size,
      ...(data instanceof TextSet
        ? { tokens: data.vocabulary.size }
        : { shape: data.shape, values: data.values }),
      labels: data.labelNames,
    },
    engine: { engine: engine.engine, version: engine.version },
    training: { epochs: rows.length, last: rows.at(-1), best },
    logLikelihood: estimated(found.logLikelihood),
    elbo: estimated(found.elbo),
    z: variable(found.z),
    ...(found.w && { w: variable(found.w) }),
    verdict: found.verdict,
  }
}
