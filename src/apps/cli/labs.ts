import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { writeWhole } from '../../platform/files'
import { fromStart, packageRoot } from '../../platform/places'
import { DataError } from '../../base/errors'
import { labFiles } from '../labs/make'
import { isForStudents, notebooksIn } from '../../runner/run'

export interface LabsCommand {
  students?: string
}

/**
 * `lidvae labs`: makes the labs' notebooks and the teachers' page from their masters; with `students` copies
 * those with exercises.
 */
export function makeLabs({ students }: LabsCommand = {}): number {
  if (students !== undefined) return handOut(fromStart(students))
  for (const [file, text] of labFiles()) {
    const same = existsSync(file) && readFileSync(file, 'utf8') === text
    if (!same) writeWhole(file, text)
    console.log(`${same ? 'as it was' : 'wrote    '}  ${path.relative(packageRoot(), file)}`)
  }
  return 0
}

/** Copies the notebooks with exercises into a folder; changed ones there are kept. */
function handOut(folder: string): number {
  const copies = notebooksIn(path.join(packageRoot(), 'notebooks', 'labs'))
    .filter(isForStudents)
    .map((file) => [path.join(folder, path.basename(file)), readFileSync(file, 'utf8')])
  for (const [file, text] of copies)
    if (existsSync(file) && readFileSync(file, 'utf8') !== text)
      throw new DataError(`${file} exists and has been changed. Name another folder.`)
  for (const [file, text] of copies) {
    writeWhole(file, text)
    console.log(`wrote      ${file}`)
  }
  return 0
}
