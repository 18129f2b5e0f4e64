/** Seeded random numbers of the tests' own (mulberry32), so that nothing tested supplies its own test data. */
export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** N(0, 1), by Box–Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** `count` draws of N(0, scale²), rounded to float32, so that an engine and a reference see the same numbers. */
  normals(count: number, scale = 1): number[] {
    return Array.from({ length: count }, () => Math.fround(scale * this.normal()))
  }

  /** `count` zeros and ones. */
  bits(count: number, p = 0.5): number[] {
    return Array.from({ length: count }, () => (this.uniform() < p ? 1 : 0))
  }
}
