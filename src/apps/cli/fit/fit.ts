import path from 'node:path'
import pc from 'picocolors'
import { ArgumentError, StoppedError } from '../../../base/errors'
import { formatEstimate } from '../../../base/estimate'
import { thousands } from '../../../base/thousands'
import { startEngine, type EngineInfo } from '../../../compute/engine'
import { adam } from '../../../compute/optimizers'
import { from } from '../../../data/own/from'
import { text } from '../../../data/text/readText'
import { ready } from '../../../display/ready'
import { diagnose, type Diagnosis } from '../../../metrics/diagnose'
import type { Model } from '../../../models/model'
import { writeWhole } from '../../../platform/files'
import { fit as train } from '../../../training/fit'
import type { History } from '../../../training/history'
import { buildModel, likelihoodFor, type OwnDataSet } from './model'
import { onCommandLine, settingsOfFit, type FitCommand, type FitSettings } from './options'
import { reportOf } from './report'
import { resultsOf } from './results'

/**
 * `lidvae fit`: reads data, holds some out by a seed, trains, diagnoses, and writes the run folder and a report. The
 * same command again resumes, or reads what is finished.
 */
export async function fit(source: string, command: FitCommand): Promise<number> {
  const settings = settingsOfFit(source, command)
  const { json = false } = command
  // Only JSON on the standard output.
  const say = (line: string): void => (json ? console.error(line) : console.log(line))
  const data = await read(settings, say)
  const { train: part, test } = data.split({ test: settings.test, seed: settings.seed })
  const engine = await start(settings.run, json)
  const model = buildModel(part, settings)
  try {
    const likelihood = likelihoodFor(part, settings)
    say(
      `${pc.bold(settings.model)}, ${likelihood}, ${settings.latent} units of z, on ${thousands(part.size)} data points; ${thousands(test.size)} held out (seed ${settings.seed})`,
    )
    const history = await trained(model, part, test, settings, json)
    const found = await diagnose(model as unknown as Model<OwnDataSet>, test, { seed: settings.seed })
    const results = resultsOf({ settings, likelihood, data: part, test, history, found, engine })
    writeWhole(path.join(settings.run, 'diagnosis.json'), `${JSON.stringify(results, null, 2)}\n`)
    if (settings.html !== undefined)
      writeWhole(
        settings.html,
        await reportOf({ settings, likelihood, model, data: part, test, history, found }),
      )
    if (json) console.log(JSON.stringify(results, null, 2))
    else sayResults(found, settings)
    return 0
  } finally {
    model.dispose()
  }
}

async function read({ source, texts, data }: FitSettings, say: (line: string) => void): Promise<OwnDataSet> {
  const options = { ...data, onNote: (line: string) => say(`lidvae: ${line}`) }
  try {
    return await (texts ? text(source, options) : from(source, options))
  } catch (error) {
    throw error instanceof ArgumentError ? onCommandLine(error) : error
  }
}

const start = (run: string, json: boolean): Promise<EngineInfo> =>
  json ? startEngine({ run, quiet: true }) : ready({ run })

async function trained(
  model: Model,
  part: OwnDataSet,
  test: OwnDataSet,
  settings: FitSettings,
  json: boolean,
): Promise<History> {
  const { epochs, batch, rate, seed, run } = settings
  const history = await train(model as unknown as Model<OwnDataSet>, part, {
    epochs,
    batchSize: batch,
    seed,
    validation: test,
    run,
    verbose: !json,
    ...(rate === undefined ? {} : { optimizer: adam({ rate }) }),
  })
  if (history.stopped) throw new StoppedError('The training was stopped. The same command resumes it.')
  return history
}

function sayResults(found: Diagnosis, { run, html }: FitSettings): void {
  console.log(
    `held out: log p(x) = ${formatEstimate(found.logLikelihood)}, ELBO = ${formatEstimate(found.elbo)} nats per data point`,
  )
  for (const line of found.verdict) console.log(line)
  console.log(`wrote ${run} (lid.load reads it)${html === undefined ? '' : ` and ${html}`}`)
}
