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
