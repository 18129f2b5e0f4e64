/** Uses of models of texts: write, sample, reconstruct and interpolate texts. */
export { write, type Decoding, type WriteOptions } from './decoding'
export {
  interpolate,
  reconstruct,
  sample,
  type InterpolateTextsOptions,
  type SampleTextsOptions,
  type TextInterpolation,
} from './use'
