import { fixed } from '../base/estimate'
import type { Alarm } from '../training/alarms'
import { formatDuration, formatRate } from './pace'
import type { Watch } from './watch'

/**
 * Progress of a training in one line: `gmvae · epoch 3.2 of 10 · 256 of 800 steps · 98 steps/s · 6 s left`.
 */
export function formatPosition(watch: Watch): string {
  const { training, pace, outcome } = watch
  const { model, epochs, stepsAnEpoch, steps } = training
  const epoch = Math.floor((10 * pace.done) / stepsAnEpoch) / 10
  const parts = [`epoch ${Number(epoch.toFixed(1))} of ${epochs}`, `${pace.done} of ${steps} steps`]
  if (outcome) {
    const how =
      outcome.error !== undefined
        ? 'ended by an error'
        : !outcome.stopped
          ? pace.done < steps
            ? 'ended early, the validation loss no longer falls'
            : 'done'
          : 'stopped; the model can be used and trained further'
    return [model.kind, how, ...parts, formatDuration(outcome.seconds)].join(' · ')
  }
  if (pace.rate !== undefined && pace.left !== undefined)
    parts.push(formatRate(pace.rate), `${formatDuration(pace.left)} left`)
  return [model.kind, ...parts].join(' · ')
}

/**
 * The numbers of the last steps, as their mean, and of the last evaluation:
 * `loss 245.1 nats · KL z 9.41, w 1.02 · AU z 1.00, w 0.80 · MI z 5.1, w 0.9`.
 */
export function formatFigures(watch: Watch): string {
  const { seen, glimpsed, variables } = watch
  if (!seen) return ''
  const each = (value: (v: 'z' | 'w') => number) =>
    variables.map((v) => `${v} ${fixed(value(v), 2)}`).join(', ')
  const parts = [
    `loss ${watch.lately('loss').toFixed(1)} nats`,
    `KL ${each((v) => watch.lately(v === 'z' ? 'klZ' : 'klW'))}`,
    ...(glimpsed
      ? [`AU ${each((v) => glimpsed.activeUnits[v])}`, `MI ${each((v) => glimpsed.mutualInformation[v])}`]
      : []),
  ]
  return parts.join(' · ')
}

/** An alarm as a sentence or two. */
export const formatAlarm = ({ what, advice }: Alarm): string => `${what}. ${advice}`

/** All alarms, including an error that ended the training. */
export function formatAlarms({ alarm, outcome }: Watch): string[] {
  const { error } = outcome ?? {}
  return [...(error instanceof Error ? [error.message] : []), ...alarm.map(formatAlarm)]
}
