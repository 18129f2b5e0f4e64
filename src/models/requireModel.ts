import { ArgumentError } from '../base/errors'
import type { Model } from './model'

/** Throws unless it is a model: data or options in its place would fail later with an unclear error. */
export function requireModel(model: unknown): asserts model is Model {
  const { conditional, elboTerms } = (model ?? {}) as Partial<Model>
  if (typeof conditional === 'object' && typeof elboTerms === 'function') return
  throw new ArgumentError('model', model, 'a model', 'For example the result of lid.lidvae({ … }).')
}
