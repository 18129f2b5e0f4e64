import { isTexts } from '../data/modelData'
import { noiseOf } from '../models/noise'
import { Glimpse, type Glimpsed } from '../metrics/glimpse'
import { live } from '../plots/live'
import type { VegaLiteSpec } from '../plots/spec'
import { Alarms, type Alarm } from '../training/alarms'
import type { EpochRow } from '../training/history'
import type { Panel, StepSeen, TrainingBegin, TrainingEnd } from '../training/observer'
import { Curves } from './curves'
import { Pace } from './pace'

/** Steps whose mean is said in words. */
const RECENT = 50

const loss: Panel = { title: 'Loss', unit: 'nats per data point' }
const kl: Panel = { title: 'KL from the prior', unit: 'nats', from: 0 }
const activeUnits: Panel = { title: 'Active units', unit: 'fraction of units', from: 0, to: 1 }
const information: Panel = { title: 'Mutual information I(x; v) under q', unit: 'nats', from: 0 }

/**
 * Evaluations of AU and MI in a short training; longer ones have one every so many steps. Fewer for texts,
 * which take longer.
 */
const LOOKS = 20
const LOOKS_AT_TEXTS = 8
const STEPS_BETWEEN_LOOKS = 500

/** The state of a running training: its curves, pace and alarms. */
export class Watch {
  readonly pace: Pace
  readonly curves: Curves
  /** The last evaluation of AU and MI. */
  glimpsed: Glimpsed | undefined
  /** The last step. */
  seen: StepSeen | undefined
  /** The last steps, at most `RECENT`: the loss of a single batch swings. */
  private readonly recent: StepSeen[] = []
  /** How it ended. */
  outcome: TrainingEnd | undefined
  private readonly alarms: Alarms
  private readonly glimpse: Glimpse
  private readonly between: number
  private lookedAt: number

  constructor(readonly training: TrainingBegin) {
    const { model, train, validation, steps, step, stepsAnEpoch, rows } = training
    this.pace = new Pace(step, steps)
    this.curves = new Curves(steps, stepsAnEpoch)
    this.alarms = new Alarms(model, steps, noiseOf(model, train))
    this.glimpse = new Glimpse(model, validation ?? train)
    this.between = Math.min(Math.ceil(steps / (isTexts(train) ? LOOKS_AT_TEXTS : LOOKS)), STEPS_BETWEEN_LOOKS)
    this.lookedAt = step
    this.curves.expect(loss, 'training', ...(validation ? ['validation'] : []))
    for (const panel of [kl, activeUnits, information]) this.curves.expect(panel, ...this.variables)
    for (const row of rows) {
      this.curves.mark({ panel: loss, line: 'training', value: row.loss }, row.step)
      for (const v of this.variables)
        this.curves.mark({ panel: kl, line: v, value: v === 'z' ? row.klZ : row.klW }, row.step)
      this.epoch(row)
    }
  }

  /** The latent variables there are. */
  get variables(): readonly ('z' | 'w')[] {
    return this.training.model.components > 1 ? ['z', 'w'] : ['z']
  }

  /** After each step. */
  step(seen: StepSeen): void {
    this.seen = seen
    this.recent.push(seen)
    if (this.recent.length > RECENT) this.recent.shift()
    this.pace.step(seen.step)
    this.alarms.see(seen)
    this.curves.add({ panel: loss, line: 'training', value: seen.loss }, seen.step)
    for (const v of this.variables)
      this.curves.add({ panel: kl, line: v, value: v === 'z' ? seen.klZ : seen.klW }, seen.step)
    for (const reading of seen.readings ?? []) this.curves.add(reading, seen.step)
    if (seen.step % this.between === 0) this.look(seen.step)
  }

  /** The mean of a figure over the last steps. */
  lately(figure: 'loss' | 'klZ' | 'klW'): number {
    return this.recent.reduce((sum, seen) => sum + seen[figure], 0) / this.recent.length
  }

  /** After each epoch. */
  epoch({ step, validationLoss }: EpochRow): void {
    if (validationLoss !== undefined)
      this.curves.mark({ panel: loss, line: 'validation', value: validationLoss }, step)
  }

  /** At the end, however it ended. */
  end(outcome: TrainingEnd): void {
    this.outcome = outcome
    if (this.seen && this.lookedAt !== this.seen.step) this.look(this.seen.step)
    this.dispose()
  }

  /** Frees the resources of the evaluations. */
  dispose(): void {
    this.glimpse.dispose()
  }

  private look(step: number): void {
    this.lookedAt = step
    this.glimpsed = this.glimpse.look()
    for (const v of this.variables) {
      this.curves.mark({ panel: activeUnits, line: v, value: this.glimpsed.activeUnits[v] }, step)
      this.curves.mark({ panel: information, line: v, value: this.glimpsed.mutualInformation[v] }, step)
    }
  }

  /** Current alarms. */
  get alarm(): readonly Alarm[] {
    return this.alarms.now()
  }

  /** The current chart; `moving` while it is soon replaced. */
  chart(moving = false): VegaLiteSpec {
    const { model, validation, epochs } = this.training
    const { size, cap } = this.glimpse
    const points = `${size} ${validation ? 'held-out' : 'training'} data points`
    const means =
      this.curves.width > 1 ? `means of ${this.curves.width} training steps` : 'each training step'
    const most =
      `I(x; z) is at most ${cap.toFixed(1)} there` +
      (model.components > 1 ? `, I(x; w) ${Math.log(model.components).toFixed(1)}` : '')
    return live(this.curves.panels, {
      epochs,
      moving,
      title: `Training the ${model.kind}`,
      subtitle: [
        `Loss and KL: ${means}${validation ? ', validation after each epoch' : ''}.`,
        `Active units and information: the encoder’s output for ${points}; ${most}.`,
      ],
    })
  }
}
