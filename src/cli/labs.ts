import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { writeWhole } from '../data/files'
import { packageRoot } from '../engine/paths'
import { labFiles } from '../labs/make'

/** `lidvae labs`: makes the labs' notebooks and the teachers' page from their masters. */
export function makeLabs(): number {
  for (const [file, text] of labFiles()) {
    const same = existsSync(file) && readFileSync(file, 'utf8') === text
    if (!same) writeWhole(file, text)
    console.log(`${same ? 'as it was' : 'wrote    '}  ${path.relative(packageRoot(), file)}`)
  }
  return 0
}
