/** Optimizers, and learning rates that decrease during training. */
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
export { cosineDecay, overSteps, stepDecay } from './schedule'
