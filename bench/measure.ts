import type { Engine } from './engine'

/** How long and how often everything runs. */
export interface Pace {
  rounds: number
  /** Milliseconds an engine computes before the next one has its turn. */
  turn: number
  /** Milliseconds of warm-up of each engine. */
  warmUp: number
}

export const PACES: Record<'full' | 'quick', Pace> = {
  full: { rounds: 10, turn: 600, warmUp: 1500 },
  quick: { rounds: 3, turn: 250, warmUp: 300 },
}

/** Times of one engine. */
export interface Times {
  median: number
  /** Quarter points: how much a figure is to be trusted. */
  quartiles: [number, number]
  /** The first repetition: recording or compiling included. */
  first: number
  repetitions: number
}

/** An engine with built work, and how many repetitions fill its turn. */
export interface Runner {
  engine: Engine
  first: number
  /** Repetitions a turn. */
  count: number
  /** Milliseconds a repetition, about. */
  each: number
}

/** Runs an engine until it is warm, and finds how many repetitions fill a turn. */
export async function warmUp(engine: Engine, pace: Pace): Promise<Runner> {
  const [first] = (await engine.ask<'run'>({ do: 'run', count: 1 })).ms
  let [last] = (await engine.ask<'run'>({ do: 'run', count: 1 })).ms
  for (let spent = last; spent < pace.warmUp;) {
    const count = Math.max(1, Math.min(50, Math.floor((pace.warmUp - spent) / last)))
    const { ms } = await engine.ask<'run'>({ do: 'run', count })
    spent += ms.reduce((a, b) => a + b, 0)
    last = median(ms)
  }
  return { engine, first, count: Math.max(1, Math.round(pace.turn / last)), each: last }
}

/** Lets all engines run in turn, A B C, C B A, A B C …, so that what slows the machine slows them all. */
export async function interleave(runners: Runner[], pace: Pace): Promise<Times[]> {
  // Work that takes many turns' time, such as an epoch, has fewer rounds.
  const turn = Math.max(pace.turn, ...runners.map(({ each }) => each))
  const rounds = Math.max(Math.min(3, pace.rounds), Math.ceil((pace.rounds * pace.turn) / turn))
  const all = runners.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    const order = runners.map((_, i) => (round % 2 ? runners.length - 1 - i : i))
    for (const i of order) {
      const { engine, count } = runners[i]
      // Caches and threads were somebody else's meanwhile: the first repetition of a turn finds them again.
      const { ms } = await engine.ask<'run'>({ do: 'run', count: count > 2 ? count + 1 : count })
      all[i].push(...(count > 2 ? ms.slice(1) : ms))
    }
  }
  return all.map((ms, i) => ({
    median: median(ms),
    quartiles: [quantile(ms, 0.25), quantile(ms, 0.75)],
    first: runners[i].first,
    repetitions: ms.length,
  }))
}

/** The value below which a share of the numbers lies, between neighbours in proportion. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low] + (at - low) * (sorted[high] - sorted[low])
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)
