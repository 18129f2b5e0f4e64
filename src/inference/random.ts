import { doubles } from '../compute/philox'
import { streamKey } from '../compute/streams'

/** Seeded doubles one after the other, for work in plain JavaScript: the same on every machine. */
export class RandomDoubles {
  private readonly stream: Generator<number, never, undefined>
  private spare: number | undefined

  /** @param part which of the numbers drawn for this seed: 'hmc/0', 'gmm' … */
  constructor(seed: number, part: string) {
    this.stream = doubles(streamKey(seed, 'sampling', part))
  }

  /** In [0, 1). */
  uniform(): number {
    return this.stream.next().value
  }

  /** N(0, 1), by Box–Muller, two at a time. */
  normal(): number {
    if (this.spare !== undefined) {
      const kept = this.spare
      this.spare = undefined
      return kept
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    const angle = 2 * Math.PI * this.uniform()
    this.spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}
