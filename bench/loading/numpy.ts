import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder } from '../../src/platform/places'
import { Obstacle, runTool } from '../../src/platform/runTool'
import { asObstacle, failureLine, findPython, requireSpace } from '../../src/setup/tools'
import { pythonIn } from '../../src/setup/jupyter'
import { pip, type Say } from '../pytorch'

/** Versions on PyPI that the benchmark compares with. */
export const NUMPY = '2.4.6'
export const SCIPY = '1.17.1'

const MARKER = 'complete.json'

/**
 * Prepares NumPy and SciPy from PyPI once, in the cache: a virtual environment of its own.
 *
 * @returns its Python.
 * @throws Obstacle in one line where they cannot be had.
 */
export async function prepareNumpy(say: Say): Promise<string> {
  const folder = path.join(cacheFolder(), 'bench', `numpy-${NUMPY}-scipy-${SCIPY}`)
  const marker = path.join(folder, MARKER)
  const python = pythonIn(folder)
  try {
    if (existsSync(marker) && existsSync(python)) return python
    mkdirSync(path.dirname(folder), { recursive: true })
    const { command } = await findPython([3, 11])
    requireSpace(path.dirname(folder), 400)
    rmSync(folder, { recursive: true, force: true })
    say(`making a Python environment with NumPy ${NUMPY} and SciPy ${SCIPY} (some 60 MB)`)
    const made = await runTool(command, ['-m', 'venv', folder])
    if (made.code !== 0)
      throw new Obstacle(`${command} -m venv failed: ${failureLine(made)}`, 'Install python3-venv')
    await pip(python, ['--only-binary=:all:', `numpy==${NUMPY}`, `scipy==${SCIPY}`])
    // An environment holds its own path, so it is built in place; only its marker makes it whole.
    writeFileSync(`${marker}.new`, JSON.stringify({ numpy: NUMPY, scipy: SCIPY }))
    renameSync(`${marker}.new`, marker)
    return python
  } catch (error) {
    throw asObstacle(error, folder)
  }
}
