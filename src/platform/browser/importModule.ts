import { EngineError } from '../../base/errors'

// Each becomes a file of its own beside the bundle, which is loaded when it is needed.
const modules: Readonly<Record<string, () => Promise<unknown>>> = {
  // @ts-expect-error It has no types.
  lz4js: () => import('lz4js'),
  hyparquet: () => import('hyparquet'),
  'hyparquet-compressors': () => import('hyparquet-compressors'),
  // @ts-expect-error It has no types.
  'hyparquet/src/column.js': () => import('hyparquet/src/column.js'),
}

export async function importModule<Module>(name: string): Promise<Module> {
  if (name in modules) return (await modules[name]()) as Module
  throw new EngineError(
    `${name} is not part of the edition for browsers: files of this kind are read in Node only.`,
  )
}

export const importAgain = <Module>(name: string): Promise<Module> => importModule(name)
