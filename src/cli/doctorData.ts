import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder, dataFolder, packageRoot } from '../engine/paths'

/** A data set as it lies on this machine. */
export interface DataState {
  name: string
  /** Its folder; undefined where there is none. */
  folder?: string
  from: 'LIDVAE_DATA' | 'cache' | 'embedded sample' | 'nowhere'
  why?: string
}

const files: Record<string, string[]> = {
  'fashion-mnist': [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ],
}

const there = (folder: string, name: string) =>
  [name, `${name}.gz`].some((one) => {
    const file = path.join(folder, one)
    return existsSync(file) && statSync(file).size > 0
  })

/** Where each data set would be read from, in the order in which it is looked for. */
export function dataStates(): DataState[] {
  return Object.entries(files).map(([name, names]) => {
    const chosen = dataFolder()
    const places = [
      ...(chosen === undefined ? [] : [{ from: 'LIDVAE_DATA' as const, folder: path.join(chosen, name) }]),
      { from: 'cache' as const, folder: path.join(cacheFolder(), 'data', name) },
    ]
    for (const { from, folder } of places)
      if (names.every((one) => there(folder, one))) return { name, folder, from }
    const looked = places.map(({ folder }) => folder).join(' and ')
    const sample = path.join(packageRoot(), 'data', `${name}-sample`)
    return existsSync(sample)
      ? { name, folder: sample, from: 'embedded sample', why: `the full data are not in ${looked}` }
      : { name, from: 'nowhere', why: `not in ${looked}` }
  })
}
