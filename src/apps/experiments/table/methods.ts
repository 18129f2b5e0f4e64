import { betaVae } from '../../../fixes/betaVae'
import { freeBits } from '../../../fixes/freeBits'
import { lagging } from '../../../fixes/lagging'
import { refined, semiAmortized } from '../../../fixes/semiAmortized'
import { vampPrior } from '../../../fixes/vampPrior'
import type { Model } from '../../../models/model'
import { anchoredMeans, freeMeans } from '../../../models/prior'
import type { FitOptions } from '../../../training/options'
import type { PaperMethod } from './paper'
import type { Change, Setting } from './setting'

/** One row of the table: a model of the pair, what is changed in it, and in its training. */
export interface Method {
  readonly title: string
  /** The same, for a chart's legend, if the title is long. */
  readonly label?: string
  /** The same in every chart; plain and identifiable models have their kind's. */
  readonly color?: string
  /** Which model of the pair it begins with. */
  readonly pair: 'plain' | 'lid'
  /** The corresponding row of the paper's table, if any. */
  readonly paper?: PaperMethod
  /** What it changes in the model. */
  readonly change?: (setting: Setting) => Change
  /** What it changes in the training. */
  readonly fit?: FitChange | ((setting: Setting) => FitChange)
  /** The model as it is measured, where inference is more than the encoder. */
  readonly inEvaluation?: (model: Model, setting: Setting) => Model
  /** In records of the earlier rule: three times plain's wall-clock time instead of plain's updates. */
  readonly threefoldTime?: boolean
  /** False for data that the method does not apply to; by default it applies to all. */
  readonly applies?: (data: string, setting: Setting) => boolean
  /** An ablation of the pair: run when it is named. */
  readonly ablation?: boolean
}

type FitChange = Omit<Partial<FitOptions>, 'epochs' | 'seed' | 'run'>

const isMixture = (_data: string, { variable }: Setting): boolean => variable === 'w'
const isImages = (_data: string, { texts }: Setting): boolean => !texts
const isText = (_data: string, { texts }: Setting): boolean => texts ?? false

/**
 * Inference steps of SA-VAE: longer on texts, whose ELBO is less steep; on images they diverge after 450
 * updates where they are not clipped.
 */
const inferenceSteps = ({ texts }: Setting) =>
  texts ? { steps: 5, rate: 0.5 } : { steps: 5, rate: 0.02, clipNorm: 5 }

/** The methods by name, in the order of the table. */
export const methods: Readonly<Record<string, Method>> = {
  plain: { title: 'plain', pair: 'plain', paper: 'vae' },
  'sa-vae': {
    title: 'SA-VAE',
    color: '#b59f00',
    pair: 'plain',
    paper: 'sa',
    fit: (setting) => ({ objective: semiAmortized(inferenceSteps(setting)) }),
    inEvaluation: (model, setting) => refined(model, inferenceSteps(setting)),
    threefoldTime: true,
  },
  lagging: {
    title: 'lagging',
    color: '#5b4a9e',
    pair: 'plain',
    paper: 'lagging',
    fit: { schedule: lagging() },
    threefoldTime: true,
  },
  'beta-0.2': {
    title: 'β-VAE, β 0.2',
    label: 'β 0.2',
    color: '#009e73',
    pair: 'plain',
    paper: 'beta',
    fit: { objective: betaVae({ beta: 0.2 }) },
  },
  'vamp-prior': {
    title: 'VampPrior',
    color: '#cc79a7',
    pair: 'plain',
    change: () => ({ prior: vampPrior() }),
  },
  'free-bits': {
    title: 'free bits, λ 0.2 per unit',
    label: 'free bits',
    color: '#4d4d4d',
    pair: 'plain',
    fit: { objective: freeBits({ perUnit: 0.2 }) },
  },
  'plain-z-at-head': {
    title: 'plain, z at the head',
    color: '#e69f00',
    pair: 'plain',
    change: () => ({ wiring: 'head' }),
    applies: isText,
  },
  lid: { title: 'LID', pair: 'lid', paper: 'lidvae' },
  'lid-twist': {
    title: 'LID, twist layers',
    label: 'LID, twist',
    color: '#117733',
    pair: 'lid',
    change: () => ({ injective: { map: 'twist' } }),
    applies: isImages,
  },
  'plain-decoder-identifiable-prior': {
    title: 'ablation: plain decoder, identifiable prior',
    pair: 'plain',
    change: () => ({ prior: anchoredMeans() }),
    applies: isMixture,
    ablation: true,
  },
  'identifiable-decoder-plain-prior': {
    title: 'ablation: identifiable decoder, plain prior',
    pair: 'lid',
    change: () => ({ prior: freeMeans() }),
    applies: isMixture,
    ablation: true,
  },
  'plain-wide-means': {
    title: 'ablation: plain, wide initial means',
    pair: 'plain',
    change: () => ({ prior: freeMeans({ start: 1 }) }),
    applies: isMixture,
    ablation: true,
  },
  'lid-z-in-lstm': {
    title: 'ablation: LID, z in the LSTM',
    pair: 'lid',
    change: () => ({ wiring: 'lstm' }),
    applies: isText,
    ablation: true,
  },
}

/** A method's short name. */
export const labelOf = (method: string): string => methods[method].label ?? methods[method].title
