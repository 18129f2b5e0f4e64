import { spawn } from 'node:child_process'
import path from 'node:path'
import { EngineError } from '../../base/errors'
import { follow } from '../../platform/children'
import { cacheFolder, fromStart, isClone, packageRoot } from '../../platform/places'
import { jupyterFolder, jupyterState, pythonIn } from '../../setup/jupyter'
import { findPython } from '../../setup/tools'

/** Of the Python that unpacks JupyterLite. */
const LEAST: [number, number] = [3, 10]

/**
 * `lidvae site`: labs, tour and playground as a site of plain files, which run in the visitor's browser.
 *
 * @param folder of the site; an earlier one there is replaced
 * @param solutions also those of the labs
 */
export async function site(folder: string, solutions: boolean): Promise<number> {
  if (!isClone())
    throw new EngineError(
      'the site is built in a clone of the project, since its bundler is not part of the package. Clone it, and run npm ci there.',
    )
  const python = jupyterState().ready ? pythonIn(jupyterFolder()) : (await findPython(LEAST)).command
  const out = fromStart(folder)
  const cache = path.join(cacheFolder(), 'site')
  const child = spawn(
    process.execPath,
    [
      path.join(packageRoot(), 'web', 'build', 'site.mjs'),
      out,
      python,
      cache,
      ...(solutions ? ['--solutions'] : []),
    ],
    { cwd: packageRoot(), stdio: 'inherit' },
  )
  follow(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}
