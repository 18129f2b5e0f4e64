import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '../package/publicApi'

const env = { ...process.env, KERAS_BACKEND: 'torch' }

/** A Python that can import all of these: named by LIDVAE_TEST_PYTHON, or on the PATH. */
export function pythonWith(modules: string): string | undefined {
  const { LIDVAE_TEST_PYTHON: named } = process.env
  const places = named === undefined ? ['python3', 'python'] : [named]
  return places.find((place) => spawnSync(place, ['-c', `import ${modules}`], { env }).status === 0)
}

/** Why a test is skipped that needs it; false where it is there. */
export const withoutPython = (python: string | undefined, modules: string): string | false =>
  python === undefined &&
  `NOT CHECKED: no Python has ${modules}; install them, or name one in LIDVAE_TEST_PYTHON`

/** The blocks of Python on a page, or below one of its headings. */
export function pythonBlocks(page: string, heading?: string): string[] {
  const text = readFileSync(path.join(root, 'docs', page), 'utf8')
  const part =
    heading === undefined ? text : text.split(/^## /m).find((one) => one.startsWith(`${heading}\n`))
  assert.ok(part, heading)
  return [...part.matchAll(/^```python\n([^]*?)^```$/gm)].map(([, block]) => block)
}

/** Runs Python in a folder. */
export function runPython(python: string, folder: string, ...parts: string[]): string {
  const script = path.join(folder, 'script.py')
  writeFileSync(script, parts.join('\n'))
  const { status, stderr, stdout } = spawnSync(python, [script], { cwd: folder, encoding: 'utf8', env })
  assert.equal(status, 0, stderr)
  return stdout
}
