import type * as tf from '@tensorflow/tfjs'
import { isTexts, pieces, scatter, type ModelData, type Points } from '../data/modelData'
import { evaluateOnce, EvaluationStep } from '../compute/step'
import { streamKey } from '../compute/streams'
import { rowsAtOnce } from '../models/conditional'
import type { Model } from '../models/model'
import { drawPosterior, momentsOfZ } from '../models/posterior'
import { sampled } from '../data/sampled'
import { evaluationData } from '../models/evaluationData'
import { fractionsActive } from './activeUnits'
import { mutualInformation } from './mutualInformation'

/** Number of data points used. */
const POINTS = 256
/** The same if each data point has a normal for every component. */
const POINTS_OF_BRANCHES = 100
/** The same for texts, which are read by length. */
const TEXTS = 64

/** Active units and mutual information of each variable; those of w are 0 without components. */
export interface Glimpsed {
  /** Fraction of active units of z, of active components of w. */
  readonly activeUnits: { readonly z: number; readonly w: number }
  /** I(x; v) under q, nats. */
  readonly mutualInformation: { readonly z: number; readonly w: number }
}

/**
 * Quick metrics of a model during training: active units and mutual information from the encoder alone,
 * always on the same first data points with the same draws. The formulas are those of `activeUnits` and
 * `mutualInformation`; I(x; z) cannot exceed log N. Dispose it at the end.
 */
export class Glimpse {
  /** N, number of data points used. */
  readonly size: number
  /** The largest I(x; z) that it can measure: log N nats. */
  readonly cap: number
  private readonly parts: readonly Points[]
  private readonly step: EvaluationStep<keyof Encodings>

  constructor(
    private readonly model: Model,
    data: ModelData,
  ) {
    const most = isTexts(data) ? TEXTS : model.posterior.branches > 1 ? POINTS_OF_BRANCHES : POINTS
    const some = evaluationData(model, sampled(data, most, 0))
    this.size = some.size
    this.cap = Math.log(this.size)
    this.parts = pieces(some, (shape) => rowsAtOnce(model.conditional, shape, 1))
    this.step = new EvaluationStep(({ x }, draws): Record<keyof Encodings, tf.Tensor> => {
      const { mean, sd, logW } = momentsOfZ(model.posterior, x)
      const before = model.posterior.encode(x)
      const { base } = drawPosterior(undefined, before.mean, before.sd, draws.normal('z', before.mean.shape))
      return { mean, sd, logW, base, baseMean: before.mean, baseSd: before.sd }
    })
  }

  /** The metrics with the current weights. */
  look(): Glimpsed {
    const { model, size } = this
    const { latent, components } = model
    const { branches } = model.posterior
    const codes = () => new Float32Array(size * branches * latent)
    const out: Encodings = {
      mean: codes(),
      sd: codes(),
      logW: new Float32Array(size * components),
      base: codes(),
      baseMean: codes(),
      baseSd: codes(),
    }
    this.parts.forEach((part, i) => {
      const read = this.step.run({ x: part.x }, [streamKey(0, 'sampling', 'glimpse'), i])
      for (const name of Object.keys(out) as (keyof Encodings)[])
        scatter(out[name], read[name].values, out[name].length / size, part)
    })
    const prior = evaluateOnce(() => model.prior.moments())
    const { mean, sd, logW, base, baseMean, baseSd } = out
    const encoded = {
      size,
      samples: 1,
      latent,
      components,
      branches,
      mean,
      sd,
      logW,
      z: base,
      // A flow is the same map for all x, so the information is that of z₀.
      base: { mean: baseMean, sd: baseSd, z: base },
      priorMean: prior.mean.values,
      priorSd: prior.sd.values,
    }
    const { z, w } = mutualInformation(encoded)
    return { activeUnits: fractionsActive(encoded), mutualInformation: { z: z.value, w: w.value } }
  }

  /** Frees the graph. */
  dispose(): void {
    this.step.dispose()
  }
}

/** The encoder's output, q(z|x) and q(w|x), and a draw of z; before the flow, if there is one. */
type Encodings = Record<'mean' | 'sd' | 'logW' | 'base' | 'baseMean' | 'baseSd', Float32Array>
