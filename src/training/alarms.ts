import type { Model } from '../models/model'
import { excessNoise, lessNoise, type Noise } from '../models/noise'
import type { StepSeen } from './observer'

/** Below this many nats a latent variable carries no information; the same limit as in a diagnosis. */
const NONE = 0.05
/** Below this many nats a single unit of z counts as dead. */
const DEAD = 0.01
/** Above this many it was certainly alive once. */
const ALIVE = 0.05
/** Steps over which the KL is averaged. */
const WINDOW = 50
/** Steps of every training before the first alarm. */
const PATIENCE = 100

const WHICH = 'lid.diagnose tells whether the model or the inference is at fault.'

/** A message about something that goes wrong in a training. */
export interface Alarm {
  /** Its subject; the figures in the messages change, this does not. */
  readonly about: 'z' | 'units of z' | 'w'
  /** The observation, with figures. */
  readonly what: string
  /** What to try. */
  readonly advice: string
}

/**
 * Watches the KL of each latent variable, averaged over the last steps, and reports when it vanishes. It uses
 * the encoder's output, q(z|x), on training batches only: whether model or inference is at fault, `diagnose`
 * decides.
 */
export class Alarms {
  private seen = 0
  private klW = 0
  private units: number[] = []
  private most: number[] = []
  private last = 0

  /** @param steps of the whole training. @param noise of a Gaussian likelihood, beside the spread of the data. */
  constructor(
    private readonly model: Pick<Model, 'kind' | 'components'>,
    private readonly steps: number,
    private readonly noise?: Noise,
  ) {}

  /** After each step. */
  see({ step, klUnits, klW }: StepSeen): void {
    const part = 1 / Math.min(++this.seen, WINDOW)
    const average = (before = 0, now = 0) => before + part * (now - before)
    this.last = step
    this.klW = average(this.klW, klW)
    this.units = klUnits.map((kl, u) => average(this.units[u], kl))
    if (this.seen >= WINDOW) this.most = this.units.map((kl, u) => Math.max(kl, this.most[u] ?? 0))
  }

  /** The current alarms; none in the first tenth of a training, when a variable may still become active. */
  now(): Alarm[] {
    if (this.seen < WINDOW || this.last < Math.max(PATIENCE, this.steps / 10)) return []
    const ofZ = this.vanishedZ() ?? this.deadUnits()
    const ofW = this.vanishedW()
    return [...(ofZ ? [ofZ] : []), ...(ofW ? [ofW] : [])]
  }

  private vanishedZ(): Alarm | undefined {
    const total = this.units.reduce((sum, kl) => sum + kl, 0)
    if (this.units.length === 0 || total >= NONE) return undefined
    return {
      about: 'z',
      what: `The KL of z has vanished (${total.toFixed(3)} nats): q(z|x) equals the prior, z carries no information about x`,
      advice: this.advice('a lower weight of the KL (klWeight: lid.fixes.linearAnnealing())'),
    }
  }

  private deadUnits(): Alarm | undefined {
    const dead = this.units.flatMap((kl, u) => (kl < DEAD ? [u] : []))
    if (dead.length === 0) return undefined
    const died = dead.filter((u) => this.most[u] >= ALIVE).length
    const list = `${dead.slice(0, 12).join(', ')}${dead.length > 12 ? ' …' : ''}`
    return {
      about: 'units of z',
      what:
        `${dead.length} of ${this.units.length} units of z ${dead.length === 1 ? 'carries' : 'carry'} no information (KL below ${DEAD} nat; ` +
        `${dead.length === 1 ? 'number' : 'numbers'} ${list}, counted from 0)${died > 0 ? `; ${died} of them ${died === 1 ? 'was' : 'were'} alive before` : ''}`,
      advice: this.advice('fewer units'),
    }
  }

  private vanishedW(): Alarm | undefined {
    const { components } = this.model
    if (components < 2 || this.klW >= NONE) return undefined
    return {
      about: 'w',
      what: `The KL of w has vanished (${this.klW.toFixed(3)} of at most ${Math.log(components).toFixed(2)} nats): every x may come from any component`,
      advice: this.advice('means that start further apart (prior: lid.parts.freeMeans({ start: 1 }))'),
    }
  }

  /** The identifiable twin first, where there is one, unless the likelihood's noise hides x from any model. */
  private advice(remedy: string): string {
    const quieter = this.noise && excessNoise(this.noise) && lessNoise(this.noise)
    if (quieter) return `${quieter} ${WHICH}`
    const twin = { vae: 'lid.lidvae', gmvae: 'lid.lidmvae' }[this.model.kind as string]
    return `Try ${twin === undefined ? '' : `its identifiable twin, ${twin}, or `}${remedy}. ${WHICH}`
  }
}
