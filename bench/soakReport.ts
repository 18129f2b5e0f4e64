import { median } from './measure'

/** The process between two training steps. */
export interface Sample {
  /** Since the beginning. */
  minutes: number
  /** Of the training. */
  step: number
  /** Resident memory of the whole process, MB. */
  residentMb: number
  /** Of it in use by JavaScript, MB. */
  heapMb: number
  tensors: number
  /** Pieces of data the engine holds: one that no tensor owns would show here. */
  pieces: number
}

/** What a soak has found. */
export interface Soaked {
  /** Every number of tensors seen between two steps: one number where nothing leaks. */
  tensors: number[]
  pieces: number[]
  /** Median resident memory of the first minutes after the warm-up and of the last minutes, MB. */
  residentMb: { first: number; last: number; peak: number }
  /** (last − first) / first. */
  growth: number
  /**
   * Slope of a line through all samples after the warm-up, as a fraction of `first`, over their whole time:
   * it sees what two windows may not.
   */
  drift: number
  passed: boolean
}

/** Memory may grow by this much after the warm-up. */
export const GROWTH = 0.02

/**
 * Judges a soak: as many tensors at its end as at its beginning, and resident memory that grows by less than
 * 2 % after the warm-up.
 *
 * @param samples in order. @param warmUp minutes left out. @param window minutes of each median.
 */
export function judge(samples: readonly Sample[], warmUp: number, window: number): Soaked {
  const after = samples.filter(({ minutes }) => minutes >= warmUp)
  if (after.length < 2) throw new Error(`a soak must last longer than its warm-up of ${warmUp} minutes`)
  const end = after[after.length - 1].minutes
  const medianOf = (from: number, to: number): number =>
    median(
      after.filter(({ minutes }) => minutes >= from && minutes <= to).map(({ residentMb }) => residentMb),
    )
  const first = medianOf(warmUp, warmUp + window)
  const last = medianOf(end - window, end)
  const growth = (last - first) / first
  const unique = (values: number[]): number[] => [...new Set(values)].sort((a, b) => a - b)
  const tensors = unique(after.map((sample) => sample.tensors))
  const pieces = unique(after.map((sample) => sample.pieces))
  return {
    tensors,
    pieces,
    residentMb: { first, last, peak: Math.max(...after.map(({ residentMb }) => residentMb)) },
    growth,
    drift: (slope(after) * (end - warmUp)) / first,
    passed: tensors.length === 1 && pieces.length === 1 && growth < GROWTH,
  }
}

/** MB a minute, by least squares. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const [x, y] = [mean(({ minutes }) => minutes), mean(({ residentMb }) => residentMb)]
  const variance = mean(({ minutes }) => (minutes - x) ** 2)
  return mean(({ minutes, residentMb }) => (minutes - x) * (residentMb - y)) / variance
}
