import { requirePositive } from '../base/errors'
import { requireOptions, type OptionNames } from '../base/options'
import { injectiveDecoder, type DecoderBuilder, type InjectiveOptions } from '../models/decoder'

/** Options of `inverseLipschitz`. */
export interface InverseLipschitzOptions extends Omit<InjectiveOptions, 'mu' | 'anchor'> {
  /** Units in each hidden layer of g2; 512 by default. */
  hidden?: number
}

const INVERSE_LIPSCHITZ_OPTIONS: OptionNames<InverseLipschitzOptions> = {
  hidden: true,
  hiddenLatent: true,
  layers: true,
  activation: true,
}

/**
 * Inverse-Lipschitz control: a decoder with ‖η(z) − η(z′)‖ ≥ L ‖z − z′‖ for every weight, L chosen beforehand as a dial between collapse (near 0) and a code that must be used.
 * It is the injective map with μ = √L in both Brenier maps and an anchor of 1.
 *
 * @param bound L > 0, in units of η for one unit of z.
 * @param options `{ hidden = 512, hiddenLatent = 64, layers = 1, activation = 'smooth' }`.
 * @returns the builder, for a model's option `decoder`.
 * @throws ArgumentError when L is not positive.
 * @example
 * const model = lid.vae({ likelihood: lid.bernoulli(784), latent: 16, decoder: lid.inverseLipschitz(2) })
 * lid.certify(model).constant // 2, or more
 * @see Kinoshita et al. 2023, section 4 (one Brenier map; two and a full-rank map between them where η is wider than z).
 */
export function inverseLipschitz(bound: number, options: InverseLipschitzOptions = {}): DecoderBuilder {
  requireOptions('inverseLipschitz', options, INVERSE_LIPSCHITZ_OPTIONS)
  requirePositive('bound', bound)
  const { hidden = 512, ...rest } = options
  return injectiveDecoder(hidden, { ...rest, mu: Math.sqrt(bound), anchor: 1 })
}
