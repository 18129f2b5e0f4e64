import path from 'node:path'
import { fileError, writeWhole } from '../../platform/files'
import { exists, readText } from '../../platform/fileSystem'
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
    const same = exists(file) && contentOf(file) === text
    if (!same) writeWhole(file, text)
    console.log(`${same ? 'as it was' : 'wrote    '}  ${path.relative(packageRoot(), file)}`)
  }
  return 0
}

/** Copies the notebooks with exercises into a folder; changed ones there are kept. */
function handOut(folder: string): number {
  const copies = notebooksIn(path.join(packageRoot(), 'notebooks', 'labs'))
    .filter(isForStudents)
    .map((file) => [path.join(folder, path.basename(file)), readText(file)])
  for (const [file, text] of copies)
    if (exists(file) && contentOf(file) !== text)
      throw new DataError(`${file} exists and has been changed. Name another folder.`)
  for (const [file, text] of copies) {
    writeWhole(file, text)
    console.log(`wrote      ${file}`)
  }
  return 0
}

/** @throws DataError for what cannot be read, such as a folder of that name. */
function contentOf(file: string): string {
  try {
    return readText(file)
  } catch (error) {
    throw fileError(error, file, 'Move it away, or name another folder.')
  }
}
