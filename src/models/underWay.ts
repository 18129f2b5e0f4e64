import { ArgumentError } from '../base/errors'
import type { Model } from './model'
import { requireModel } from './requireModel'

/**
 * Trains while no other training does: two at once would undo each other's steps. The flag is kept with the
 * weights, so that every view of the model has it.
 *
 * @param model the model to train. @param train the training.
 * @throws ArgumentError where it is being trained already, usually after a forgotten `await`.
 */
export async function alone<T>(model: Model, train: () => Promise<T>): Promise<T> {
  requireModel(model)
  requireAtRest(model)
  const { use } = model.parameters
  use.training = true
  try {
    return await train()
  } finally {
    use.training = false
  }
}

/** Runs a callback of the caller, in which the model may be evaluated. */
export async function waiting(model: Model, turn: () => void | Promise<void>): Promise<void> {
  const { use } = model.parameters
  use.waits = true
  try {
    await turn()
  } finally {
    use.waits = false
  }
}

/** Refuses a model that is being trained. @throws ArgumentError with the remedy */
export function requireAtRest(model: Model, { orWaiting = false } = {}): void {
  const { training, waits } = model.parameters.use
  if (!training || (orWaiting && waits)) return
  throw new ArgumentError(
    'model',
    model,
    'one that is not in training',
    'Write await before the lid.fit(…) that is still running.',
  )
}
