import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Check } from './protocol'

/**
 * Weights, data and noise that every engine starts from, in a folder: `layout.json` and little-endian float32
 * files. Each engine computes loss and gradients there before it is timed, so that equal work is seen to be
 * equal.
 */
export interface Layout {
  weights: Entry[]
  /** Shape of `x.bin`, `[images, dim]`. */
  x: number[]
  /** Shapes of `check-x.bin` and `check-noise.bin`, and what lidvae computes there. */
  check?: { x: number[]; noise: number[] } & Check
}

/** Where a weight lies in `weights.bin`. */
export interface Entry {
  name: string
  shape: number[]
  /** Bytes from the start. */
  offset: number
  /**
   * `anchored`: B of a full-rank map; `free`: the same map as it stands, for those who train it freely;
   * `fixed`: not trained.
   */
  kind: 'trained' | 'anchored' | 'free' | 'fixed'
}

/** The reference's layout. */
export const readLayout = (folder: string): Layout =>
  JSON.parse(readFileSync(path.join(folder, 'layout.json'), 'utf8')) as Layout

/** Numbers of a reference's file. */
export function readNumbers(folder: string, name: string, shape: number[], offset = 0): Float32Array {
  const bytes = readFileSync(path.join(folder, name))
  const count = shape.reduce((a, b) => a * b, 1)
  return new Float32Array(
    bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + 4 * count),
  )
}
