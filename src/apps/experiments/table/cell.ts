import path from '../../../platform/path'
import { ArgumentError, requireInteger, alternatives } from '../../../base/errors'
import { fashionMnistSettings, omniglotMixtureSettings, omniglotSettings } from './images'
import { methods } from './methods'
import { sizes, type Setting, type Size } from './setting'
import { syntheticTextSettings, yahooSettings, yelpSettings } from './texts'

/** The data sets of the table by name, at each size. */
export const dataSets: Readonly<Record<string, { title: string; at: Readonly<Record<Size, Setting>> }>> = {
  'fashion-mnist': { title: 'Fashion-MNIST', at: fashionMnistSettings },
  'omniglot-mixture': { title: 'Omniglot, mixture', at: omniglotMixtureSettings },
  omniglot: { title: 'Omniglot', at: omniglotSettings },
  'synthetic-text': { title: 'synthetic text', at: syntheticTextSettings },
  yahoo: { title: 'Yahoo', at: yahooSettings },
  yelp: { title: 'Yelp', at: yelpSettings },
}

/** One model of the table: what is trained on what, from which seed. */
export interface Cell {
  readonly size: Size
  readonly data: string
  readonly method: string
  readonly seed: number
}

/** Which cells; omitted fields mean all. */
export interface Wanted {
  /** `'quick'`, `'local'` or `'paper'`. */
  size?: string
  /** Names of data sets. */
  data?: readonly string[]
  /** Names of methods. */
  method?: readonly string[]
  /** Seeds. */
  seeds?: readonly number[]
}

/** Seeds of a row: five where the claims are decided, fewer where an entry takes long. */
export function usualSeeds(size: Size, data: string, method: string): readonly number[] {
  if (size === 'quick') return [1]
  if (data === 'omniglot') return [1, 2, 3]
  if (data !== 'yahoo' && data !== 'yelp') return [1, 2, 3, 4, 5]
  return ['plain', 'beta-0.2', 'lid'].includes(method) ? [1, 2, 3] : [1]
}

/**
 * The cells of the table: data set × method × seed at one size, in the table's order. Ablations are included
 * if they are named.
 *
 * @param wanted `{ size = 'quick', data, method, seeds }`.
 * @returns the cells that exist: not every method applies to every data set.
 * @throws ArgumentError for an unknown name, a repeated seed, or if no cell is left.
 * @example
 * cellsOf({ size: 'local', data: ['fashion-mnist'], method: ['plain', 'lid'] })
 */
export function cellsOf({ size = 'quick', data, method, seeds }: Wanted = {}): Cell[] {
  const at = named('--size', size, sizes)
  const wantedData = (data ?? Object.keys(dataSets)).map((name) =>
    named('--data', name, Object.keys(dataSets)),
  )
  const wantedMethods = method?.map((name) => named('--method', name, Object.keys(methods)))
  for (const seed of seeds ?? []) requireInteger('--seeds', seed, 0)
  if (seeds && new Set(seeds).size < seeds.length)
    throw new ArgumentError('--seeds', seeds, 'different seeds', 'A repeated seed would distort the spread.')
  const cells = wantedData.flatMap((name) =>
    Object.entries(methods)
      .filter(([key, { ablation }]) => wantedMethods?.includes(key) ?? !ablation)
      .filter(([, { applies }]) => applies?.(name, dataSets[name].at[at]) ?? true)
      .flatMap(([key]) =>
        (seeds ?? usualSeeds(at, name, key)).map((seed) => ({ size: at, data: name, method: key, seed })),
      ),
  )
  if (cells.length === 0)
    throw new ArgumentError(
      '--method',
      wantedMethods,
      `a method that applies to ${wantedData.join(', ')}`,
      'Ablations are for mixtures; z at the head is for texts.',
    )
  return cells
}

/** The setting that a cell shares with the others of its data set and size. */
export const settingOf = ({ data, size }: Pick<Cell, 'data' | 'size'>): Setting => dataSets[data].at[size]

/** `SIZE/DATA/METHOD/seed-N`, for the record and for the run folder. */
export const placeOf = ({ size, data, method, seed }: Cell): string =>
  path.join(size, data, method, `seed-${seed}`)

/** The command that makes the cell's record. */
export const commandOf = ({ size, data, method, seed }: Cell): string =>
  `npx lidvae table --size ${size} --data ${data} --method ${method} --seeds ${seed}`

function named<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((name) => name === value)
  if (!found) throw new ArgumentError(option, value, alternatives(known))
  return found
}
