/** The layers that models are built of, for your own encoders, decoders and flows. */
export { constantInit, normalInit, uniformInit, type Initializer } from '../compute/parameters'
export { brenier, type Brenier, type BrenierOptions } from './brenier'
export {
  convolutionalBrenier,
  type ConvolutionalBrenier,
  type ConvolutionalBrenierOptions,
} from './convolutionalBrenier'
export { dense, mlp, type Dense, type Layer, type Perceptron } from './dense'
export { dropout, wordDropout } from './dropout'
export { embedding, type Embedding } from './embedding'
export { fullRank, type FullRank, type FullRankOptions } from './fullRank'
export { increasing, type Increasing, type IncreasingOptions } from './increasing'
export { type InjectiveKind, type InjectivePart } from './injective'
export {
  inputConvex,
  type ConvexActivation,
  type ConvexWeights,
  type InputConvex,
  type InputConvexOptions,
} from './inputConvex'
export { lstm, type Lstm, type LstmContext, type LstmOptions, type LstmState } from './lstm'
export {
  couplingFlow,
  realNvp,
  type CouplingFlow,
  type Flow,
  type FlowBuilder,
  type RealNvpOptions,
} from './realNvp'
export { rotation, type Rotation, type RotationOptions } from './rotation'
export { twist, type Twist, type TwistOptions } from './twist'
