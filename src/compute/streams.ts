import { doubles } from './philox'

/** The separate random streams of a run: a draw added to one moves no number of another. */
export type StreamName = 'initialisation' | 'batches' | 'binarisation' | 'sampling'

/** FNV-1a over a text: a 32-bit signed hash, the same on every machine. */
export function hash32(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  // One more mixing round, so that texts differing in the last letter differ in every bit.
  h ^= h >>> 16
  h = Math.imul(h, 0x7feb352d)
  h ^= h >>> 15
  return Math.imul(h, 0x846ca68b) ^ 0
}

/** The int32 key of stream `name` (and, where given, of one part of it) for a person's seed. */
export const streamKey = (seed: number, name: StreamName, part = ''): number =>
  hash32(`${seed}/${name}/${part}`)

/** The numbers 0 … size − 1 in a seeded random order (Fisher–Yates). */
export function permutation(size: number, key: number): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i)
  const draw = doubles(key)
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(draw.next().value * (i + 1))
    const kept = order[i]
    order[i] = order[j]
    order[j] = kept
  }
  return order
}
