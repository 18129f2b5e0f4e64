import { warn } from '../base/note'
import { batchesAnEpoch, epochBatches, trainingPoints, type ModelData, type Points } from '../data/modelData'
import type { StepReport } from '../compute/step'
import { RandomDoubles, streamKey } from '../compute/streams'
import type { Model } from '../models/model'
import { forgetSaved, saveModel, savedSteps, whyNotSaved } from '../models/save'
import { readVariables, readWeights, writeVariables, writeWeights } from '../models/weights'
import { pauses } from '../platform/cancellation'
import { Validation } from './elbo'
import { isEnded, isFinished } from './extension'
import { historyTable, withHistorySummary, type EpochRow, type History } from './history'
import { Information } from './information'
import { explainNonFinite } from './nonFinite'
import { carefully, usualObserver, type FitObserver, type StepSeen } from './observer'
import { resolveEarlyStopping, type ResolvedFitOptions } from './options'
import type { RunFolder } from './runFolder'
import { valueAt } from './schedule'
import type { StepActions, TrainedPart } from './schedules'
import { readingsOf } from './series'
import type { Stepper } from './stepper'
import { StepTimes } from './stepTimes'
import { waiting } from '../models/underWay'
import { addReport, meansOf, startingPosition, type Checkpoint, type Position } from './state'

/** One call of `fit`: a position that advances step by step, and what that needs. */
export class Training {
  private readonly position: Position
  private best?: Record<string, Float32Array>
  /** The weight of the KL that the objective is given at this step. */
  private klWeight = 1
  private readonly validator?: Validation
  private readonly information?: Information
  private readonly total: number
  private readonly stepTimes = new StepTimes()
  private readonly began = performance.now()
  private readonly secondsBefore: number
  private written = performance.now()
  private readonly observer: FitObserver
  private readonly stepsAnEpoch: number
  private others?: { readonly epoch: number; readonly at: (batch: number) => Points }

  constructor(
    private readonly model: Model,
    private readonly train: ModelData,
    private readonly resolved: ResolvedFitOptions,
    private readonly stepper: Stepper,
    found: Checkpoint | undefined,
    private readonly folder?: RunFolder,
  ) {
    this.position = found ? structuredClone(found.position) : startingPosition(model)
    if (found) {
      this.position.finished = isFinished(this.position, resolved)
      // After a stop in this process the model still has the weights, unless it was trained further.
      writeVariables(stepper.learnt, found.weights, folder?.folder ?? 'resume')
      this.best = found.best
      model.steps = this.position.modelSteps
      model.epochs = this.position.modelEpochs
    } else {
      if (model.steps === 0) this.startFromData()
      this.position.schedule = resolved.schedule?.begin()
      this.position.until = resolved.until?.begin()
    }
    this.secondsBefore = this.position.seconds
    this.stepsAnEpoch = batchesAnEpoch(train, resolved.batchSize)
    this.total = resolved.epochs * this.stepsAnEpoch
    this.observer = carefully(resolved.observer ?? usualObserver(resolved))
    stepper.begin(found?.slots)
    const { validation, seed, objective, until } = resolved
    // The bound of the objective's own inference, where it has one.
    const measured = objective.inEvaluation?.(model) ?? model
    this.validator = validation && new Validation(measured, validation, seed, until !== undefined)
    if (resolved.schedule?.needsInformation)
      this.information = new Information(model, resolved.validation!, resolved.seed)
  }

  private startFromData(): void {
    const { model, train, resolved } = this
    if (resolved.initializeOutput !== false) {
      model.conditional.start(train)
      model.posterior.start?.(train)
    }
    model.prior.startFrom?.(train, resolved.seed)
  }

  private get stopped(): boolean {
    return this.resolved.signal?.aborted ?? false
  }

  /** Trains to the end or a stop, and informs the observer. */
  async run(): Promise<History> {
    const { observer, position, model, train, resolved, total, stepsAnEpoch } = this
    const { epochs, validation } = resolved
    const { rows, step } = position
    if (!position.finished)
      observer.begin?.({
        model,
        train,
        validation,
        epochs,
        steps: total,
        stepsAnEpoch,
        step,
        rows: [...rows],
      })
    const told = !position.finished
    try {
      await this.allEpochs()
    } catch (error) {
      if (told) await observer.end?.({ ...this.outcome(), error })
      throw error
    }
    if (told) await observer.end?.(this.outcome())
    return this.history()
  }

  private outcome() {
    const { step, finished, rows } = this.position
    return { step, stopped: !finished, seconds: this.seconds(), rows: [...rows] }
  }

  /** What is left of the epochs, and the model that they leave. */
  private async allEpochs(): Promise<void> {
    if (this.position.finished) this.takeBest()
    else await this.remainingEpochs()
    if (this.position.finished) this.keepModel()
  }

  /** Epochs until the last one, a stop, or the end of patience. */
  private async remainingEpochs(): Promise<void> {
    const { position, resolved } = this
    while (position.epoch < resolved.epochs && !this.stopped) {
      if (!(await this.epoch())) break
      if (isEnded(position, resolved)) break
    }
    if (!this.stopped) position.finished = true
    try {
      // With the weights of the last epoch, from which the run may be extended.
      this.save(true)
    } finally {
      if (position.finished) this.takeBest()
    }
  }

  /** Gives the model the weights of the best epoch, if requested. */
  private takeBest(): void {
    if (this.resolved.keepBest && this.best) writeWeights(this.model, this.best, 'the best epoch')
  }

  /**
   * Saves the trained model beside its checkpoints, unless it is there (a kill may have come between the two, or the
   * run was extended since) or could not be loaded again.
   */
  private keepModel(): void {
    const { folder, model } = this
    if (!folder || whyNotSaved(model) || savedSteps(folder.folder) === model.steps) return
    forgetSaved(folder.folder)
    saveModel(model, folder.folder)
  }

  /** Trains the rest of the current epoch. @returns false when it was stopped before its last batch */
  private async epoch(): Promise<boolean> {
    const { position, model, train, resolved } = this
    const { batchSize, seed, onEpoch } = resolved
    const breathe = pauses()
    const order = { batchSize, seed, epoch: model.epochs, skip: position.batch }
    for (const points of trainingPoints(train, order)) {
      if (this.stopped) return false
      this.stepOn(points)
      await breathe()
      this.save()
    }
    const validation = await this.validate()
    // Resuming computes it from its beginning.
    if (validation === undefined) return false
    model.epochs++
    position.epoch++
    const row = this.row(position.epoch, validation)
    position.rows.push(row)
    this.turn(row)
    Object.assign(position, { batch: 0, count: 0, sums: {}, modelEpochs: model.epochs })
    this.look(row)
    this.converge(row)
    this.observer.epoch?.(row)
    if (onEpoch) await waiting(model, () => this.callBack(onEpoch, row))
    return true
  }

  /**
   * Calls the caller's `onEpoch`. Evaluations in it are stopped with the training, whose checkpoint must
   * still be written.
   */
  private async callBack(onEpoch: NonNullable<ResolvedFitOptions['onEpoch']>, row: EpochRow): Promise<void> {
    try {
      await onEpoch(row)
    } catch (error) {
      if (!this.stopped || (error as Error | undefined)?.name !== 'StoppedError') throw error
    }
  }

  private row(epoch: number, validation: Record<string, number> = {}): EpochRow {
    const { position } = this
    const { step, klWeight, rate } = position
    const means = meansOf(position.sums, position.count)
    return {
      epoch,
      step,
      ...means,
      ...validation,
      klWeight,
      rate,
      seconds: this.seconds(),
    } as EpochRow
  }

  /** The validation's results; undefined when it was stopped. */
  private async validate(): Promise<Record<string, number> | undefined> {
    const { validator, information, resolved } = this
    const results = validator ? await validator.run(resolved.signal) : {}
    if (!results || !information) return results
    const validationInformation = await information.run(resolved.signal)
    return validationInformation === undefined ? undefined : { ...results, validationInformation }
  }

  /** The schedule's decision at the end of an epoch. */
  private turn({ epoch, validationInformation }: EpochRow): void {
    const { position, model, train, resolved, stepper } = this
    const decision = resolved.schedule?.epoch?.(position.schedule!, {
      epoch,
      information: validationInformation,
    })
    if (decision !== 'reset decoder') return
    stepper.resetDecoder()
    if (resolved.initializeOutput !== false) model.conditional.start(train)
  }

  private stepOn(points: Points): void {
    const { position, model, resolved } = this
    const { optimizer, schedule, objective } = resolved
    const progress = position.step / this.total
    const factor = position.until ? resolved.until!.rateFactor(position.until) : 1
    position.rate = valueAt('rate', optimizer.rate, progress, position.step) * factor
    const given = valueAt('klWeight', resolved.klWeight, progress, position.step)
    this.klWeight = schedule?.klWeight?.(position.schedule!, given) ?? given
    position.klWeight = objective.klWeight?.(this.klWeight) ?? this.klWeight
    const began = performance.now()
    const report = schedule?.step?.(position.schedule!, this.actions(points)) ?? this.take(points)
    this.stepTimes.add(performance.now() - began)
    if (!report.updated)
      throw explainNonFinite(
        model,
        points.x,
        report,
        position.step + 1,
        position.epoch + 1,
        position.rate,
        resolved.clipNorm,
      )
    position.step++
    position.batch++
    position.count += points.size
    position.modelSteps = ++model.steps
    const { values, vectors, gradientNorm } = report
    addReport(position.sums, { ...values, ...vectors, gradientNorm }, points.size)
    this.observer.step?.(this.seen(report))
    resolved.onStep?.(position.step, report.values.loss)
  }

  /** One step on a batch, of all weights or one part. */
  private take(points: Points, only?: TrainedPart): StepReport {
    const { position, model, klWeight } = this
    const { rate } = position
    return this.stepper.run(points, {
      counter: model.steps,
      klWeight,
      rate,
      step: position.step + 1,
      only,
    })
  }

  /** The steps that a schedule may take with a batch. */
  private actions(points: Points): StepActions {
    const { position, model, resolved, klWeight } = this
    const { rate } = position
    return {
      train: (only) => this.take(points, only),
      trainAnother: (counter, only) => {
        const draw = new RandomDoubles(streamKey(resolved.seed, 'batches', `another ${counter}`))
        const another = draw.below(this.stepsAnEpoch)
        return this.stepper.run(this.othersOf(model.epochs)(another), {
          counter,
          stream: 'another',
          klWeight,
          rate,
          step: counter + 1,
          only,
        })
      },
    }
  }

  /** The batches of an epoch by number; their order is made once, since there may be a hundred for each step. */
  private othersOf(epoch: number): (batch: number) => Points {
    const { train, resolved } = this
    const { batchSize, seed } = resolved
    if (this.others?.epoch !== epoch)
      this.others = { epoch, ...epochBatches(train, { batchSize, seed, epoch }) }
    return this.others.at
  }

  private seen({ values, vectors, gradientNorm }: StepReport): StepSeen {
    const { step, klWeight, rate } = this.position
    const { loss, reconstruction, klZ, klW } = values
    const { klUnits } = vectors
    const { objective, schedule } = this.resolved
    const readings = readingsOf([...(objective.series ?? []), ...(schedule?.series ?? [])], values)
    return { step, loss, reconstruction, klZ, klW, klUnits, gradientNorm, klWeight, rate, readings }
  }

  /** Keeps the weights of the best epoch, if requested. */
  private look({ epoch, validationLoss }: EpochRow): void {
    const { position, resolved } = this
    if (validationLoss === undefined || !(resolved.keepBest || resolved.earlyStopping)) return
    const gain = resolved.earlyStopping ? resolveEarlyStopping(resolved.earlyStopping).minimumGain : 0
    if (position.best && !(validationLoss < position.best.loss - gain)) return
    position.best = { epoch, loss: validationLoss }
    if (resolved.keepBest) this.best = readWeights(this.model)
  }

  /** Whether it has converged; where the rate falls, back to the best weights, if they are kept. */
  private converge({ epoch }: EpochRow): void {
    const { position, resolved, model, best } = this
    const decision = resolved.until?.evaluation(position.until!, epoch, this.validator!.losses)
    if (decision === 'lower' && resolved.keepBest && best) writeWeights(model, best, 'the best epoch')
  }

  private seconds(): number {
    return this.secondsBefore + (performance.now() - this.began) / 1000
  }

  private checkpoint(): Checkpoint {
    return {
      position: { ...structuredClone(this.position), seconds: this.seconds() },
      weights: readVariables(this.stepper.learnt),
      slots: this.stepper.slots(),
      best: this.best,
    }
  }

  /**
   * Writes a checkpoint when the last is old enough. A failure is only reported, since there may be space
   * again at the next; at the end of a training it is an error.
   */
  private save(atEnd = false): void {
    const { folder, resolved, position } = this
    if (!folder || (!atEnd && performance.now() - this.written < resolved.checkpointEvery * 1000)) return
    folder.requireOwn()
    try {
      folder.write(this.checkpoint())
    } catch (error) {
      if (position.finished) throw error
      warn(`no checkpoint of step ${position.step}: ${(error as Error).message}`)
    }
    this.written = performance.now()
  }

  history(): History {
    const { position } = this
    // A stopped epoch is shown as far as it went; resuming completes it.
    const rows = position.count > 0 ? [...position.rows, this.row(position.epoch + 1)] : position.rows
    return withHistorySummary({
      model: this.model.kind,
      rows,
      table: historyTable(rows),
      stopped: !position.finished,
      seconds: this.seconds(),
      stepMs: this.stepTimes.median,
      best: position.best,
      ...(position.until && { converged: position.until.converged }),
      ...(!position.finished && { checkpoint: this.checkpoint() }),
    })
  }

  dispose(): void {
    this.validator?.dispose()
    this.information?.dispose()
  }
}
