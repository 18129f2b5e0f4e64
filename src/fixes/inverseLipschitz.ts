import { requirePositive } from '../base/errors'
import { resolveOptions } from '../base/options'
import { injectiveDecoder, type DecoderBuilder, type InjectiveOptions } from '../models/decoder'
import { injectiveHead } from '../models/text/head'
import { describeFix, isOfTexts } from './fix'
import { lipschitzWatch } from './lipschitzWatch'

/** Options of `inverseLipschitz`. */
export interface InverseLipschitzOptions extends Pick<
  InjectiveOptions,
  'hiddenLatent' | 'layers' | 'activation'
> {
  /** L > 0, in units of η for one unit of z; 2 by default. */
  bound?: number
  /** Units in each hidden layer of g2; 512 by default. */
  hidden?: number
}

const DEFAULTS = { bound: 2, hidden: 512, hiddenLatent: 64 }

/**
 * Inverse-Lipschitz control: a decoder with ‖η(z) − η(z′)‖ ≥ L ‖z − z′‖ for every weight, where L, chosen in
 * advance, lies between collapse (near 0) and a code that must be used. It is the injective map with μ = √L
 * in both Brenier maps and an anchor of 1.
 *
 * @param options `{ bound = 2, hidden = 512, hiddenLatent = 64, layers = 1, activation = 'smooth' }`.
 * @returns the builder, for a model's option `decoder`: an `injectiveDecoder` with these settings, and
 *   recorded as that.
 * @throws ArgumentError when L is not positive.
 * @example
 * const model = lid.vae({ likelihood: lid.bernoulli(784), latent: 16, decoder: lid.fixes.inverseLipschitz({ bound: 2 }) })
 * lid.certify(model).constant // 2, or more
 * @see Kinoshita et al. 2023, section 4 (one Brenier map; two and a full-rank map between them where η is
 *   wider than z).
 */
export function inverseLipschitz(options: InverseLipschitzOptions = {}): DecoderBuilder {
  const { bound, hidden } = resolveOptions('inverseLipschitz', options, {
    bound: DEFAULTS.bound,
    hidden: DEFAULTS.hidden,
    hiddenLatent: undefined,
    layers: undefined,
    activation: undefined,
  })
  const { bound: _bound, hidden: _hidden, ...rest } = options
  requirePositive('bound', bound)
  return injectiveDecoder(hidden, { ...rest, mu: Math.sqrt(bound), anchor: 1 })
}

const fix = describeFix(
  {
    title: 'Inverse-Lipschitz control',
    part: 'decoder',
    summary:
      'The decoder moves by at least L when z moves by 1, L a setting; for texts the head, which z then enters.',
    equation: '‖η(z) − η(z′)‖ ≥ L ‖z − z′‖',
    source: 'Kinoshita et al. 2023, section 4',
    keepsKl: true,
  },
  { ...DEFAULTS, width: 64 },
  ({ bound, hidden, hiddenLatent, width }, kind) => ({
    model: isOfTexts(kind)
      ? {
          head: injectiveHead({ mu: Math.sqrt(bound), width, hidden: 2 * width, hiddenLatent }),
          wiring: 'head',
        }
      : { decoder: inverseLipschitz({ bound, hidden, hiddenLatent }) },
    fit: { objective: lipschitzWatch(bound) },
  }),
)
inverseLipschitz.about = fix.about
inverseLipschitz.on = fix.on
