import { doubles } from '../../compute/philox'
import { streamKey } from '../../compute/streams'

/** Random numbers of a generated data set, in doubles, so that no engine has a part in them. */
export class Drawing {
  private readonly stream: Generator<number, never, undefined>
  private spare: number | undefined

  /** @param part which data set, and which part of it: each has a stream of its own. */
  constructor(seed: number, part: string) {
    this.stream = doubles(streamKey(seed, 'sampling', part))
  }

  /** In [0, 1). */
  uniform(): number {
    return this.stream.next().value
  }

  /** A whole number from 0 to below `count`, all alike likely. */
  below(count: number): number {
    return Math.floor(count * this.uniform())
  }

  /** N(0, 1), by the polar method: beside the logarithm only operations whose last bit is fixed by IEEE 754. */
  normal(): number {
    if (this.spare !== undefined) {
      const kept = this.spare
      this.spare = undefined
      return kept
    }
    for (;;) {
      const a = 2 * this.uniform() - 1
      const b = 2 * this.uniform() - 1
      const square = a * a + b * b
      if (square === 0 || square >= 1) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      this.spare = b * scale
      return a * scale
    }
  }
}
