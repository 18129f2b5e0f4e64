import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Imports an ES module. A plain `import()` would be compiled to `require`, which reads no ES module before
 * Node 22; a function made from text is left alone by every compiler, and works inside kernels and test runners
 * too. For packages that are published as ES modules only, and needed rarely.
 *
 * @param name of the package, or of a part that it exports
 * @returns its exports
 */
export const importModule = <Module>(name: string): Promise<Module> => importing(name) as Promise<Module>

// eslint-disable-next-line @typescript-eslint/no-implied-eval
const importing = new Function('name', 'return import(name)') as (name: string) => Promise<unknown>

/**
 * A module once more, with a state of its own: for one that was ended amid its work.
 *
 * @param name of the package
 * @param file the module in it, which `name` alone imports
 * @param time how often it was ended before: each has its own
 */
export function importAgain<Module>(name: string, file: string, time: number): Promise<Module> {
  const found = (require.resolve.paths(name) ?? [])
    .map((folder) => path.join(folder, name, file))
    .find(existsSync)
  return importModule(found === undefined ? name : `${pathToFileURL(found).href}?again=${time}`)
}
