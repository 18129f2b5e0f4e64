import { requireInteger } from '../base/errors'
import { resolveOptions } from '../base/options'
import { withProvenance } from '../base/provenance'
import type { TrainingSchedule } from '../training/schedules'
import { describeFix } from './fix'

/** Options of `lagging`. */
export interface LaggingOptions {
  /** Encoder steps over which the loss is averaged; 10 by default. */
  window?: number
  /** Maximum number of encoder steps before a decoder step; 100 by default. */
  most?: number
}

const DEFAULTS = { window: 10, most: 100 }

/**
 * Lagging inference: in the aggressive phase only the encoder is trained, on random batches, until the loss
 * averaged over 10 steps stops decreasing, at most 100 steps, and then the decoder takes one step. The
 * aggressive phase ends permanently after the first epoch in which the mutual information I(x; z) + I(x; w)
 * of the validation data no longer rises; from then on both take every step together. A step of the first
 * phase costs up to a hundred ordinary ones.
 *
 * @param options `{ window = 10, most = 100 }`, encoder steps.
 * @returns the schedule, for the option `schedule` of `fit`, which then needs `validation`.
 * @throws ArgumentError when a number of steps is not an integer ≥ 1.
 * @example
 * await lid.fit(model, train, { epochs: 8, validation: test, schedule: lid.fixes.lagging() })
 * @see He et al. 2019, algorithm 1; windows of 10 steps as in their code.
 */
export function lagging(options: LaggingOptions = {}): TrainingSchedule {
  const { window, most } = resolveOptions('lagging', options, {
    window: DEFAULTS.window,
    most: DEFAULTS.most,
  })
  requireInteger('window', window)
  requireInteger('most', most)
  return withProvenance('lagging', [options], {
    name: 'lagging',
    needsInformation: true,
    series: [
      {
        name: 'innerSteps',
        panel: { title: 'Encoder steps before a decoder step', unit: 'steps', from: 0 },
        line: 'encoder steps',
      },
    ],
    begin: () => ({ aggressive: true, encoderSteps: 0, epochs: 0, information: 0 }),
    step: (state, actions) => {
      if (!state.aggressive) {
        const report = actions.train()
        return { ...report, values: { ...report.values, innerSteps: 0 } }
      }
      let failed: ReturnType<typeof actions.train> | undefined
      const innerSteps = encoderSteps(
        () => {
          const counter = state.encoderSteps as number
          const report = actions.trainAnother(counter, 'encoder')
          state.encoderSteps = counter + 1
          if (!report.updated) failed = report
          return report.updated ? report.values.loss : NaN
        },
        window,
        most,
      )
      const report = failed ?? actions.train('decoder')
      return { ...report, values: { ...report.values, innerSteps } }
    },
    epoch: (state, { information = 0 }) => {
      state.aggressive =
        state.aggressive && staysAggressive(state.epochs === 0, state.information as number, information)
      state.information = information
      state.epochs = (state.epochs as number) + 1
    },
  } satisfies TrainingSchedule)
}

/**
 * The inner loop: takes steps until the mean loss of a window is not below that of the window before, at most
 * `most`. A loss of NaN ends it at once.
 *
 * @param take takes a step and returns its loss.
 * @returns the number of steps taken.
 */
export function encoderSteps(take: () => number, window: number, most: number): number {
  let before = Infinity
  let sum = 0
  for (let steps = 1; steps <= most; steps++) {
    const loss = take()
    if (Number.isNaN(loss)) return steps
    sum += loss
    if (steps % window) continue
    if (!(sum / window < before)) return steps
    before = sum / window
    sum = 0
  }
  return most
}

/** The outer rule: aggressive while the information of an epoch is above that of the one before. */
export const staysAggressive = (first: boolean, before: number, now: number): boolean => first || now > before

const fix = describeFix(
  {
    title: 'Lagging inference',
    part: 'schedule',
    summary:
      'The encoder is trained until it stops improving before each step of the decoder, until the information no longer rises.',
    equation: 'φ ← argmax ELBO(θ, φ), then one step of θ',
    source: 'He et al. 2019, algorithm 1',
    keepsKl: true,
  },
  DEFAULTS,
  (settings) => ({ fit: { schedule: lagging(settings) } }),
)
lagging.about = fix.about
lagging.on = fix.on
