import path from 'node:path'

/**
 * Arguments of node with which a process that a test starts runs TypeScript, as compiled before for the tests
 * themselves.
 *
 * @example
 * spawnSync(process.execPath, [...typescript, path.join(__dirname, 'resumeChild.ts')])
 */
export const typescript = [
  '--require',
  path.resolve(__dirname, '..', '..', 'scripts', 'testing', 'compiled.cjs'),
]
