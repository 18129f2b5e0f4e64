import assert from 'node:assert/strict'
import { it } from 'node:test'
import { typeErrors } from '../../web/kernel/failure'
import { withHint } from '../../web/kernel/hints'
import { likeClasses } from '../../web/play/classes'

const CELLS = [
  "import * as lid from 'lidvae'\nawait lid.ready()",
  'const W = [[1]]\nfunction curve(f: number) {}',
]

it('names that another cell declares get a hint, typing errors get none', () => {
  const thrown = (name: string) => ({
    ename: 'ReferenceError',
    evalue: `${name} is not defined`,
    traceback: [`ReferenceError: ${name} is not defined`],
  })
  const hints = (name: string, code = `${name}.x`): string[] =>
    withHint(thrown(name), code, [...CELLS, code]).traceback.slice(1)
  assert.match(hints('lid').join(), /another cell declares `lid`. Run that one first/)
  assert.equal(hints('W').length, 1)
  assert.equal(hints('curve').length, 1)
  assert.deepEqual(hints('weigth'), [])
  assert.deepEqual(hints('x', 'const x = x + 1'), [], 'the cell itself declares it')
  const checked = typeErrors('lid.todo(1)', 3, [{ line: 1, message: "Cannot find name 'lid'." }])
  assert.match(
    withHint(checked, 'lid.todo(1)', CELLS).traceback.at(-1)!,
    /^hint: another cell declares `lid`/,
  )
})

it('components get the colours of the classes that they hold', () => {
  const like = (component: number[], labels: number[]): number[] => [
    ...likeClasses(Int32Array.from(component), Int32Array.from(labels)),
  ]
  assert.deepEqual(like([2, 2, 0, 0, 1], [0, 0, 1, 1, 2]), [0, 0, 1, 1, 2])
  assert.deepEqual(like([1, 1, 1, 0], [0, 0, 1, 0]), [0, 0, 0, 1], 'a class goes to one component')
  assert.deepEqual(like([3, 3], []), [3, 3], 'without classes they stay')
})
