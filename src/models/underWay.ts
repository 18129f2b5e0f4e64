import { ArgumentError } from '../base/errors'
import type { Model } from './model'

/** Models whose training is under way, and whether it waits for its caller's `onEpoch`. */
const underWay = new Map<Model, { waits: boolean }>()

/**
 * Trains while nothing else does: two at once would each undo the other's steps.
 *
 * @param model what is trained. @param train does it.
 * @throws ArgumentError where it is being trained already, which is what a forgotten `await` makes.
 */
export async function alone<T>(model: Model, train: () => Promise<T>): Promise<T> {
  requireAtRest(model)
  underWay.set(model, { waits: false })
  try {
    return await train()
  } finally {
    underWay.delete(model)
  }
}

/** The caller's turn, in which the model may be measured. */
export async function waiting(model: Model, turn: () => void | Promise<void>): Promise<void> {
  const training = underWay.get(model)
  if (training) training.waits = true
  try {
    await turn()
  } finally {
    if (training) training.waits = false
  }
}

/** Refuses a model whose weights move meanwhile. @throws ArgumentError with the remedy */
export function requireAtRest(model: Model, { orWaiting = false } = {}): void {
  const training = underWay.get(model)
  if (!training || (orWaiting && training.waits)) return
  throw new ArgumentError(
    'model',
    model,
    'one that is not being trained already',
    'Write await before the lid.fit(…) that is still under way.',
  )
}
