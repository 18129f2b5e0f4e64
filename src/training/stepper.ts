import type { ModelData, Points } from '../data/modelData'
import type { SlotValues } from '../compute/optimizers'
import { Parameters } from '../compute/parameters'
import { TrainingStep, type StepCall, type StepReport } from '../compute/step'
import { streamKey } from '../compute/streams'
import type { Model } from '../models/model'
import { learnt, type Named } from '../models/weights'
import { elboLoss, objectiveGradients } from './elbo'
import { objectiveOn, type ObjectiveOn } from './objective'
import type { ResolvedFitOptions } from './options'

/** Settings of a step on a batch. */
export interface StepOn extends Omit<StepCall, 'key'> {
  /** The number of the step, on which draws of z and of binary pixels depend. */
  counter: number
  /** The stream of that counter; the model's own by default. */
  stream?: string
  klWeight: number
}

/** Weights of q; the others belong to the generative model. */
const ofEncoder = (name: string): boolean => /^(encoder|flow)\//.test(name)

/** Weights of p(x|z). */
const ofDecoder = (name: string): boolean => !ofEncoder(name) && !/^(prior|objective)\//.test(name)

/** Texts of several lengths give batches of many shapes. */
const isVaried = (data: ModelData): boolean =>
  'documents' in data && new Set(data.documents.map(({ length }) => length)).size > 1

/**
 * Takes single training steps on a model: the recorded step, with the objective's own weights and the
 * model's.
 */
export class Stepper {
  private readonly own: Parameters
  private readonly objective: ObjectiveOn
  private step?: TrainingStep

  constructor(
    private readonly model: Model,
    private readonly train: ModelData,
    private readonly resolved: ResolvedFitOptions,
  ) {
    this.own = Parameters.from(resolved.seed)
    this.objective = objectiveOn(resolved.objective, model, this.own.scope('objective'))
  }

  /** Everything that is learnt, by name: the model's weights and states, and the objective's weights. */
  get learnt(): Named {
    return new Map([...learnt(this.model), ...this.own.variables])
  }

  private get variables(): Named {
    return new Map([...this.model.parameters.variables, ...this.own.variables])
  }

  /** Begins, or begins again, with this state of the optimiser, or with zeros. */
  begin(slots?: SlotValues): void {
    const { model, train, resolved, objective } = this
    this.step?.dispose()
    this.step = new TrainingStep({
      variables: this.variables,
      parts: { encoder: ofEncoder, decoder: (name) => !ofEncoder(name) },
      loss: elboLoss(model, train, objective),
      gradients: objectiveGradients(model, train, objective),
      optimizer: resolved.optimizer,
      clipNorm: resolved.clipNorm,
      varied: isVaried(train),
      slots,
    })
  }

  /** Resets p(x|z) and the optimiser's state of its weights. */
  resetDecoder(): void {
    const names = [...this.variables.keys()]
    const zeroed = (values: Float32Array[]): Float32Array[] =>
      values.map((each, i) => (ofDecoder(names[i]) ? each.map(() => 0) : each))
    const slots = this.slots()
    this.step?.dispose()
    this.step = undefined
    this.model.parameters.reset(ofDecoder)
    this.begin(
      slots && Object.fromEntries(Object.entries(slots).map(([slot, values]) => [slot, zeroed(values)])),
    )
  }

  /** The optimiser's state, as numbers. */
  slots(): SlotValues | undefined {
    return this.step?.slots()
  }

  /** Takes one step; the posterior keeps its statistics of the batch. */
  run({ x, weight }: Points, { counter, stream, klWeight, ...call }: StepOn): StepReport {
    const { seed } = this.resolved
    const binarisation = Int32Array.of(streamKey(seed, 'binarisation', stream), counter)
    const report = this.step!.run(
      {
        x,
        ...(weight && { weight: { values: weight, shape: [weight.length] } }),
        klWeight,
        binarisation: { values: binarisation, shape: [2] },
      },
      { ...call, key: [streamKey(seed, 'sampling', stream), counter] },
    )
    const { statistics, ...vectors } = report.vectors
    if (statistics && report.updated) this.model.posterior.keep?.(statistics)
    return { ...report, vectors }
  }

  /** Frees the step and the objective's weights; the model's stay. */
  dispose(): void {
    this.step?.dispose()
    this.own.dispose()
  }
}
