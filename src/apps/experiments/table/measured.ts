import { EVALUATION_VERSION } from '../../../metrics/evaluation'
import { activeUnits } from '../../../metrics/activeUnits'
import type { Diagnosis } from '../../../metrics/diagnose'
import type { Estimate } from '../../../base/estimate'
import { perplexity } from '../../../metrics/perplexity'
import type { History } from '../../../training/history'
import { surroundings } from '../../../training/runRecord'
import { commandOf, settingOf, type Cell } from './cell'
import { RULE_VERSION, type CellRecord } from './record'
import type { TableData } from './setting'

/** What a cell's record holds of its training and of what was found. */
export function recordOf(
  cell: Cell,
  { checksum }: TableData,
  model: string,
  { rows, seconds }: History,
  found: Diagnosis,
  commit: string,
): CellRecord {
  const { variable } = settingOf(cell)
  const { data, method, size, seed } = cell
  const { engine, versions, machine } = surroundings() as Pick<CellRecord, 'versions' | 'machine'> & {
    engine: { engine: string; version: string; threads?: CellRecord['threads'] }
  }
  return {
    data,
    model,
    method,
    rule: RULE_VERSION,
    size,
    seed,
    variable,
    metrics: metricsOf(found, variable),
    verdict: found.verdict,
    epochs: rows.length,
    updates: rows[rows.length - 1].step,
    seconds: Math.round(seconds),
    memory: process.memoryUsage().rss,
    engine: engine.engine,
    threads: engine.threads,
    versions: { ...versions, engine: engine.version },
    evaluation: EVALUATION_VERSION,
    machine,
    dataChecksum: checksum,
    commit,
    command: commandOf(cell),
    curve: rows.map(({ epoch, loss, reconstruction, klZ, klW, validationLoss, rate }) => ({
      epoch,
      loss,
      reconstruction,
      klZ,
      klW,
      validation: -validationLoss!,
      rate,
    })),
  }
}

/**
 * AU (`au01` at the stricter threshold 0.1), KL, MI, flatness and inference gap of the row's variable; beside
 * a mixture's w those of z.
 */
export function metricsOf(found: Diagnosis, variable: 'w' | 'z'): Record<string, Estimate> {
  const of = (name: 'w' | 'z') => found[name]!
  const main = of(variable)
  const strict = activeUnits(found.evaluation, { threshold: 0.1 })[variable].fraction
  const z = variable === 'w' ? of('z') : undefined
  return {
    au: main.activeUnits,
    kl: main.kl,
    mi: main.mutualInformation,
    ll: found.logLikelihood,
    flatness: main.flatness,
    inferenceGap: main.inferenceGap,
    au01: strict,
    elbo: found.elbo,
    ...(found.evaluation.words && { perplexity: perplexity(found.evaluation) }),
    ...(z && { zAu: z.activeUnits, zKl: z.kl, zMi: z.mutualInformation, zFlatness: z.flatness }),
    ...(found.clusterAccuracy && { clusterAccuracy: found.clusterAccuracy }),
  }
}
