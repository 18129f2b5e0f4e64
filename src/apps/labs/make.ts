import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { packageRoot } from '../../platform/places'
import { DataError } from '../../base/errors'
import { exercises, type ExerciseAnswers } from './exercises'
import { cellsOf, notebookOf, readMaster, teacherNotes, type Master } from './master'

/** A lab's master and what it is called. */
export interface Lab {
  /** `1-ppca`. */
  readonly name: string
  readonly master: Master
}

const folder = (): string => path.join(packageRoot(), 'notebooks', 'labs')
const mastersFolder = (): string => path.join(folder(), 'masters')

/** Every lab, in order. */
export function labs(): Lab[] {
  if (!existsSync(mastersFolder()))
    throw new DataError(`${mastersFolder()}: the labs' masters are missing. Get a whole copy of the project.`)
  return readdirSync(mastersFolder())
    .filter((file) => /^\d.*\.md$/.test(file))
    .sort()
    .map((file) => {
      const master = readMaster(readFileSync(path.join(mastersFolder(), file), 'utf8'), file)
      return { name: file.replace(/\.md$/, ''), master }
    })
}

/** What the masters make, by absolute path: students' notebooks, solutions, and the teachers' page. */
export function labFiles(): Map<string, string> {
  const all = labs()
  const files = new Map<string, string>()
  for (const { name, master } of all) {
    const from = `notebooks/labs/masters/${name}.md`
    files.set(path.join(folder(), `${name}.ipynb`), notebookOf(master, 'student', from))
    files.set(path.join(folder(), 'solutions', `${name}.ipynb`), notebookOf(master, 'solution', from))
  }
  const head = readFileSync(path.join(mastersFolder(), 'teachers.md'), 'utf8').trim()
  files.set(path.join(packageRoot(), 'docs', 'teachers.md'), `${[head, ...all.map(chapter)].join('\n\n')}\n`)
  return files
}

/** A lab's part of the teachers' page: its notes, and the mistakes that its checks recognise. */
function chapter({ name, master }: Lab): string {
  const student = `../notebooks/labs/${name}.ipynb`
  const solution = `../notebooks/labs/solutions/${name}.ipynb`
  const mistakes = cellsOf(master, 'solution').flatMap(({ exercise }) => {
    if (exercise === undefined) return []
    const one = exercises[exercise as keyof ExerciseAnswers]
    return [
      `- \`${exercise}\`: ${one.title}`,
      ...Object.entries(one.mistakes).map(([mistake, hint]) => `  - ${mistake}: ${hint}`),
    ]
  })
  return [
    `## ${master.title}`,
    `${master.minutes} minutes. [For students](${student}), [with solutions](${solution}).`,
    teacherNotes(master),
    '### Mistakes that are recognised, and the hint each gets',
    mistakes.join('\n'),
  ].join('\n\n')
}
