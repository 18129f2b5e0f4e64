import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { check, errors, ready } from '../../../src'
import { exercises, type ExerciseAnswers } from '../../../src/apps/labs/exercises'
import { labs } from '../../../src/apps/labs/make'
import { onEachEngine } from '../../support/engines'
import { expectNoLeaks } from '../../support/leaks'
import { answerIn, exerciseCells } from '../../support/labs'
import { wrongAnswers, type Slip } from './wrong'

const { NotSolvedError, WrongAnswerError } = errors

/** Every check, without its line on the console. */
async function judged(name: string, answer: unknown): Promise<Error | undefined> {
  const { log } = console
  console.log = () => undefined
  try {
    await check(name as 'elbo', answer as ExerciseAnswers['elbo'])
    return undefined
  } catch (error) {
    return error as Error
  } finally {
    console.log = log
  }
}

function slipped(source: string, slip: Slip): string {
  return slip.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `the solution does not contain ${from}`)
    return text.replaceAll(from, to)
  }, source)
}

function expectWrong(error: Error | undefined, name: string, mistake: string): void {
  assert.ok(
    error instanceof WrongAnswerError,
    `${name}, ${mistake}: ${error?.message ?? 'was taken for right'}`,
  )
  assert.equal(error.mistake, mistake, error.message)
  const own = exercises[name as 'elbo'].mistakes[mistake]
  if (own !== undefined) assert.equal(error.hint, own)
  assert.equal(
    error.message,
    [`'${name}' is not right yet.`, ...error.found, `hint: ${error.hint}`].join('\n  '),
  )
}

function solutionAndMistakes(name: string, solved: string, stub: string): void {
  it(`${name}: the solution passes`, () =>
    expectNoLeaks(async () => assert.equal(await judged(name, answerIn(solved)), undefined)))

  it(`${name}: the stub fails, named`, () =>
    expectNoLeaks(async () => {
      const error = await judged(name, answerIn(stub))
      assert.ok(error instanceof NotSolvedError, String(error))
      assert.equal(error.name, 'NotSolvedError')
      assert.equal(error.exercise, name)
      assert.match(error.message, new RegExp(`^exercise '${name}' is not solved yet: `))
    }))

  const slips = Object.entries(wrongAnswers[name] ?? {})
  it(`${name}: ${slips.length} wrong answers are told what is wrong`, async () => {
    assert.ok(slips.length >= 3, `${slips.length} wrong answers`)
    for (const [mistake, slip] of slips)
      await expectNoLeaks(async () =>
        expectWrong(await judged(name, answerIn(slipped(solved, slip))), name, mistake),
      )
  })
}

/** The one exercise that computes with tensors. */
const ofTensors = 'injective-decoder'

for (const lab of labs()) {
  const [solved, stubs] = [exerciseCells(lab, 'solution'), exerciseCells(lab, 'student')]
  describe(`${lab.name}, exercises`, () => {
    before(() => ready({ engine: 'wasm', quiet: true }))
    for (const [name, source] of solved)
      if (name !== ofTensors) solutionAndMistakes(name, source, stubs.get(name)!)
  })
  if (solved.has(ofTensors))
    onEachEngine(`${lab.name}, exercises`, () =>
      solutionAndMistakes(ofTensors, solved.get(ofTensors)!, stubs.get(ofTensors)!),
    )
}

describe('every mistake on an exercise’s list', () => {
  for (const [name, { wrongAnswers: made = {} }] of Object.entries(exercises))
    it(`${name}: is told from the right answer and from the others`, async () => {
      for (const [mistake, answer] of Object.entries(made))
        expectWrong(await judged(name, answer), name, mistake)
    })
})

describe('check', () => {
  let message: (answer: unknown) => Promise<string>
  before(() => {
    message = async (answer) => (await judged('gaussian-kl', answer))?.message ?? ''
  })

  it('says what was tried, what came out, what was expected and by how much it is off', async () => {
    const text = await message(() => 1)
    assert.match(
      text,
      /^'gaussian-kl' is not right yet\.\n {2}tried: mean = \[.*\], sd = \[.*\]\n {2}your answer: 1\n {2}expected: [\d.]+ \(yours is [\d.]+ times that\)\n {2}hint: For each unit/,
    )
  })

  it('knows an answer of the wrong kind, one that is missing, and one that fails', async () => {
    assert.match(await message(() => [1, 2]), /hint: Return a number, not 2 numbers\./)
    assert.match(await message(() => undefined), /it returned nothing\n.*\n {2}hint: Is there a return\?/)
    assert.match(await message(() => 'a'), /it returned string/)
    assert.match(await message(() => NaN), /hint: There is NaN or infinity/)
    assert.match(
      await message(() => {
        throw new TypeError('no such thing')
      }),
      /it failed with TypeError: no such thing/,
    )
  })

  it('is not misled by an answer that changes its arguments, and waits for one that takes its time', async () => {
    const kl = (mean: number[], sd: number[]) => {
      const total = mean.reduce((sum, m, u) => sum + (m * m + sd[u] ** 2 - 1) / 2 - Math.log(sd[u]), 0)
      mean.fill(0)
      return Promise.resolve(total)
    }
    assert.equal(await message(kl), '')
  })

  it('refuses what is no exercise and what is no function', async () => {
    assert.match(
      String(await judged('gausian-kl', () => 1)),
      /^ArgumentError: `exercise` must be one of ppca-evidence, .*, got 'gausian-kl'/,
    )
    assert.match(String(await judged('elbo', 1)), /^ArgumentError: `answer` must be a function, got 1/)
  })
})
