import { lessNoise } from '../models/noise'
import type { Circumstances, Finding } from './verdict'

const BETTER_INFERENCE =
  'Keep the model and improve inference: a stronger encoder, more encoder steps, KL annealing, or longer training.'

/** What to try, by what was found; it never names what is in use already. */
export function adviceOn({ kind, reason }: Finding, v: 'z' | 'w', circumstances: Circumstances): string {
  const { model, noise } = circumstances
  const injective = model?.startsWith('lid') ?? false
  const quieter = noise && lessNoise(noise)
  switch (kind) {
    case 'cannot tell':
      return reason ? whereNothingIsKnown[reason](circumstances) : ''
    case 'non-identifiable model':
      if (quieter) return quieter
      if (injective && (v === 'z' || model === 'lidmvae'))
        return `${v === 'z' ? 'The model is injective in z' : 'The means of the components are kept apart'}, but at these data that makes almost no difference: use ${v === 'z' ? 'a larger μ' : 'means that start further apart'}, or a likelihood with less noise.`
      if (model === 'audited model')
        return `Change the model: use a decoder that is injective in ${v} (lidvae; a module for PyTorch is in docs/injective-decoder.md).`
      return `Change the model: use one that is injective in ${v} (${v === 'w' ? 'lidmvae' : 'lidvae, lidmvae, lidsvae'}).`
    case 'weakly identified':
      if (quieter) return quieter
      return injective
        ? 'Raise μ or the anchor, or train longer.'
        : `Train longer, or use a model that is injective in ${v}.`
    case 'failed inference':
      return BETTER_INFERENCE
    case 'same for all data':
      if (v === 'z') return 'Check the encoder.'
      return `One component is used for all data: start the means further apart${model === 'lidmvae' ? '' : ', or use lidmvae'}.`
    case 'dead units':
      if (v === 'w') return 'Fewer components, or a prior that keeps their means apart, may help.'
      return `Fewer units${injective ? '' : ', or lidvae,'} may help.`
    case 'healthy':
      return ''
  }
}

const whereNothingIsKnown: Record<NonNullable<Finding['reason']>, (of: Circumstances) => string> = {
  'not trained': () => 'Train the model with lid.fit first.',
  'not finite': () =>
    'Look for NaN in the weights and in the data; a model whose training ended in NaN has to be trained again, with a smaller rate or other starting values.',
  'few data': ({ size }) => `Evaluate more than ${size.toLocaleString('en-US')} data points.`,
  'no decoder': () => 'Audit the decoder too.',
  'log p(x)': ({ draws }) =>
    `Train longer, so that q(z|x) comes nearer to the exact posterior, or take more draws${draws ? `: { samples: ${draws.samples * 10} }` : ''}.`,
}
