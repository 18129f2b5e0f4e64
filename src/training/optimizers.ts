/** Optimizers, and learning rates that fall while a model trains. */
export {
  adam,
  rmsprop,
  sgd,
  type AdamOptions,
  type Optimizer,
  type Rate,
  type RmspropOptions,
  type SgdOptions,
} from '../compute/optimizers'
export { cosineDecay, stepDecay } from './schedule'
