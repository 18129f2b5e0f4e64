import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { everyNotebook } from '../../../src/apps/cli/run'
import { packageRoot } from '../../../src/platform/places'
import { exercises } from '../../../src/apps/labs/exercises'
import { labFiles, labs } from '../../../src/apps/labs/make'
import { cellsOf, notebookOf, readMaster, teacherNotes } from '../../../src/apps/labs/master'
import { checkpointFolder } from '../../../src/apps/labs/pretrained'
import { isForStudents } from '../../../src/runner/run'
import { exerciseCells } from '../../support/labs'

const example = `---
minutes: 10
---

# A lab

For all.

<!-- teacher -->

Ten minutes.

<!-- end -->

\`\`\`ts exercise=elbo
function elbo(): number {
  // solution
  const all = 1
  return all
  // end
}
await lid.check('elbo', elbo)
\`\`\`

Before.

<!-- solution -->

The answer.

\`\`\`ts
console.log('for the solution')
\`\`\`

<!-- end -->

After.
`
const sources = (version: 'student' | 'solution') =>
  cellsOf(readMaster(example, 'x.md'), version).map(({ source }) => source)

describe('a master', () => {
  it('gives students a stub in place of the answer, and nothing of what is not theirs', () =>
    assert.deepEqual(sources('student'), [
      '# A lab\n\nFor all.',
      "function elbo(): number {\n  return lid.todo('elbo')\n}\nawait lid.check('elbo', elbo)",
      'Before.\n\nAfter.',
    ]))

  it('gives the solution the answer without its marks', () =>
    assert.deepEqual(sources('solution'), [
      '# A lab\n\nFor all.',
      "function elbo(): number {\n  const all = 1\n  return all\n}\nawait lid.check('elbo', elbo)",
      'Before.\n\nThe answer.',
      "console.log('for the solution')",
      'After.',
    ]))

  it('gives the teacher the notes', () => {
    const master = readMaster(example, 'x.md')
    assert.equal(teacherNotes(master), 'Ten minutes.')
    assert.deepEqual([master.title, master.minutes], ['A lab', '10'])
  })

  it('becomes a notebook of this kernel, without outputs', () => {
    const notebook = JSON.parse(notebookOf(readMaster(example, 'x.md'), 'student', 'x.md')) as {
      cells: { cell_type: string; outputs?: unknown[]; source: string[] }[]
      metadata: { kernelspec: { name: string }; lidvae: unknown }
    }
    assert.equal(notebook.metadata.kernelspec.name, 'tslab')
    assert.deepEqual(notebook.metadata.lidvae, { master: 'x.md', version: 'student' })
    assert.deepEqual(notebook.cells[1].outputs, [])
    assert.equal(notebook.cells[1].source.join(''), sources('student')[1])
  })

  const broken: Record<string, [string, string, RegExp]> = {
    'no minutes': ['minutes: 10', 'time: 10', /x\.md, line 2: minutes: are missing\./],
    'a part that is not closed': ['The answer.\n', '<!-- solution -->', /<!-- solution --> is still open/],
    'a part closed twice': ['After.', '<!-- end -->', /nothing is open/],
    'an answer without end': ['  // end\n', '', /line \d+: a \/\/ solution has no \/\/ end/],
    'an end without answer': ['  // solution\n', '', /\/\/ end stands where it cannot/],
    'an answer without exercise': [' exercise=elbo', '', /an answer needs ```ts exercise=NAME/],
    'no title': ['# A lab', 'A lab', /a title is missing/],
  }
  for (const [what, [from, to, message]] of Object.entries(broken))
    it(`is refused with ${what}`, () => {
      assert.ok(example.includes(from))
      assert.throws(() => readMaster(example.replace(from, to), 'x.md'), message)
    })
})

describe('the labs', () => {
  it('are what their masters make: npm run labs', () => {
    for (const [file, text] of labFiles())
      assert.ok(
        existsSync(file) && readFileSync(file, 'utf8') === text,
        `${path.relative(packageRoot(), file)} is not what its master makes: run npm run labs`,
      )
  })

  it('leave no notebook behind that no master makes', () => {
    const folder = path.join(packageRoot(), 'notebooks', 'labs')
    const there = [folder, path.join(folder, 'solutions')].flatMap((one) =>
      readdirSync(one)
        .filter((name) => name.endsWith('.ipynb'))
        .map((name) => path.join(one, name)),
    )
    for (const file of there) assert.ok(labFiles().has(file), file)
  })

  it('say of the students’ version, and of no other, that it need not run to its end', () => {
    for (const file of labFiles().keys())
      if (file.endsWith('.ipynb')) assert.equal(isForStudents(file), !file.includes('solutions'), file)
    assert.equal(isForStudents(path.join(packageRoot(), 'notebooks', 'tour.ipynb')), false)
  })

  it('are run with their solutions by lidvae run --all, and students’ versions are left out', () => {
    const all = everyNotebook()
    for (const file of labFiles().keys())
      if (file.endsWith('.ipynb')) assert.equal(all.includes(file), file.includes('solutions'), file)
    assert.ok(all.includes(path.join(packageRoot(), 'notebooks', 'tour.ipynb')))
  })

  it('hold every exercise once, three to five each', () => {
    const all = labs().map((lab) => [...exerciseCells(lab, 'solution').keys()])
    for (const names of all) assert.ok(names.length >= 3 && names.length <= 5, names.join(', '))
    assert.deepEqual(all.flat().sort(), Object.keys(exercises).sort())
  })

  for (const { name, master } of labs())
    it(`${name} has outcomes, set-up, predictions, reflection, stretch and closing checks`, () => {
      const text = cellsOf(master, 'student')
        .map(({ source }) => source)
        .join('\n')
      for (const part of [
        '**After this lab you can**',
        '## Two minutes',
        '**Predict',
        '## Reflection',
        '## Stretch',
        '## What this lab showed',
      ])
        assert.ok(text.includes(part), part)
      assert.ok(/expected|answers/i.test(teacherNotes(master)), 'what a teacher expects')
      assert.doesNotMatch(text, /<!--|\/\/ (solution|end)$/m)
    })
})

describe('the labs’ checkpoints', () => {
  const folder = checkpointFolder()
  it('are at most 1 MB together', () => {
    const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(path.join(folder, name)))
      .map((stat) => (stat.isFile() ? stat.size : 0))
    assert.ok(sizes.reduce((a, b) => a + b, 0) <= 1e6)
  })

  it('are each loaded by a lab', () => {
    const text = labs()
      .flatMap(({ master }) => cellsOf(master, 'student'))
      .map(({ source }) => source)
      .join('\n')
    for (const name of readdirSync(folder)) assert.ok(text.includes(`'${name}'`), name)
  })
})
