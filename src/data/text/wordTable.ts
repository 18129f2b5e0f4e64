/**
 * Numbers words in the order of first occurrence: a hash table over their bytes, so that each word becomes a
 * string only once.
 */
export class WordTable {
  /** Number of words. */
  size = 0
  /** The concatenated words; word n ends at `ends[n]`. */
  private bytes = Buffer.allocUnsafe(1 << 16)
  private readonly strings: string[] = []
  private ends = new Uint32Array(1 << 12)
  /** n + 1 at word n, 0 at free places; at most half are occupied. */
  private slots = new Int32Array(1 << 13)

  /** The number of the word in `text` from `start` to `end`; a new one at its first occurrence. */
  number(text: Uint8Array, start: number, end: number): number {
    const slot = this.slotOf(text, start, end)
    return this.slots[slot] > 0 ? this.slots[slot] - 1 : this.add(text, start, end, slot)
  }

  /** All words, by number. */
  words(): readonly string[] {
    for (let n = this.strings.length; n < this.size; n++)
      this.strings.push(this.bytes.toString('utf8', this.startOf(n), this.ends[n]))
    return this.strings
  }

  private startOf(n: number): number {
    return n === 0 ? 0 : this.ends[n - 1]
  }

  /** FNV-1a, then the next free place. */
  private slotOf(text: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ text[i], 0x01000193)
    const last = this.slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & last
    while (this.slots[slot] > 0 && !this.is(this.slots[slot] - 1, text, start, end)) slot = (slot + 1) & last
    return slot
  }

  private is(n: number, text: Uint8Array, start: number, end: number): boolean {
    const from = this.startOf(n)
    if (this.ends[n] - from !== end - start) return false
    for (let i = start; i < end; i++) if (text[i] !== this.bytes[from + i - start]) return false
    return true
  }

  private add(text: Uint8Array, start: number, end: number, slot: number): number {
    const n = this.size++
    const from = this.startOf(n)
    const to = from + end - start
    if (to > this.bytes.length) {
      const more = Buffer.allocUnsafe(2 * to)
      more.set(this.bytes.subarray(0, from))
      this.bytes = more
    }
    this.bytes.set(text.subarray(start, end), from)
    this.ends[n] = to
    this.slots[slot] = n + 1
    if (this.size === this.ends.length) this.grow()
    return n
  }

  private grow(): void {
    const ends = new Uint32Array(2 * this.ends.length)
    ends.set(this.ends)
    this.ends = ends
    this.slots = new Int32Array(2 * this.slots.length)
    for (let n = 0; n < this.size; n++)
      this.slots[this.slotOf(this.bytes, this.startOf(n), this.ends[n])] = n + 1
  }
}
