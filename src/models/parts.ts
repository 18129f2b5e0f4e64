/** Parts of models, for the options of their builders: priors, decoders, and the heads of models of texts. */
export {
  independent,
  type IndependentConditional,
  type InjectiveParts,
  type RowsConditional,
} from './conditional'
export type { Context, ContextBuilder, ContextWiring } from './context'
export { convolutionalDecoder, convolutionalEncoder, type ConvolutionalOptions } from './convolutional'
export { injectiveDecoder, plainDecoder, type InjectiveMap, type InjectiveOptions } from './decoder'
export { type ChainPart } from './injectiveChain'
export { made, type MadeOptions } from './made'
export { pixelCnn, type PixelCnnOptions } from './pixelCnn'
export {
  anchoredMeans,
  freeMeans,
  type AnchoredMeansOptions,
  type FreeMeansOptions,
  type SpreadOptions,
} from './prior'
export {
  injectiveHead,
  linearHead,
  vocabularyHead,
  type InjectiveHeadOptions,
  type NarrowHeadOptions,
} from './text/head'
