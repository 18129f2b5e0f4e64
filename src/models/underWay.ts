import { ArgumentError } from '../base/errors'
import type { Model } from './model'
import { requireModel } from './requireModel'

/**
 * Trains while nothing else does: two at once would each undo the other's steps. That a training is under way is kept with the weights, so that every view of the model knows it.
 *
 * @param model what is trained. @param train does it.
 * @throws ArgumentError where it is being trained already, which is what a forgotten `await` makes.
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

/** The caller's turn, in which the model may be measured. */
export async function waiting(model: Model, turn: () => void | Promise<void>): Promise<void> {
  const { use } = model.parameters
  use.waits = true
  try {
    await turn()
  } finally {
    use.waits = false
  }
}

/** Refuses a model whose weights move meanwhile. @throws ArgumentError with the remedy */
export function requireAtRest(model: Model, { orWaiting = false } = {}): void {
  const { training, waits } = model.parameters.use
  if (!training || (orWaiting && waits)) return
  throw new ArgumentError(
    'model',
    model,
    'one that is not being trained already',
    'Write await before the lid.fit(…) that is still under way.',
  )
}
