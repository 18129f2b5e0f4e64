import { OutOfTimeError } from '../../platform/withinTime'
import { NotSolvedError } from './errors'
import { Random, type Exercise, type Finding } from './exercise'
import { DRAWS, ENDLESS } from './judgeNumbers'
import { product } from './formulas'
import { flat, shapeOf, formatNumbers } from './numbers'

type Rows = readonly (readonly number[])[]

const mistakes = {
  exchanged: 'It is a direction the other way round: exchange its two numbers and change one sign.',
  sign: 'Change the sign of one number.',
  length: 'The direction is right, its length is not 1: divide by its norm.',
  zero: 'Zero is not a direction: v must have length 1.',
  'first row zero':
    'Here the first unit itself is unused, and v = [1, 0]. Do not divide by a number of the first row: it may be 0.',
} as const

/** The mistake in a v of two numbers; undefined where there is none. */
function mistakeIn([a, b]: readonly number[], W: Rows): keyof typeof mistakes | 'other' | undefined {
  const moves = (v: number[]) => Math.max(...product([v], W)[0].map(Math.abs)) > 1e-6 * Math.hypot(...v)
  const norm = Math.hypot(a, b)
  if (!Number.isFinite(norm)) return 'other'
  if (norm < 1e-9) return 'zero'
  if (!moves([a, b])) return Math.abs(norm - 1) < 1e-6 ? undefined : 'length'
  if (!moves([a, -b])) return 'sign'
  return !moves([b, a]) || !moves([b, -a]) ? 'exchanged' : 'other'
}

async function judgeOne(answer: (W: Rows) => unknown, W: Rows): Promise<Finding | undefined> {
  const tried = `tried: weights = ${formatNumbers(shapeOf(W)!)}`
  let value: unknown
  try {
    value = await answer(structuredClone(W))
  } catch (error) {
    if (error instanceof NotSolvedError) throw error
    if (error instanceof OutOfTimeError)
      return { found: [tried, error.message], hint: ENDLESS, mistake: 'endless' }
    return { found: [tried, `it failed with ${String(error)}`], hint: 'Run it on these weights in a cell.' }
  }
  const got = shapeOf(value)
  if (got?.shape.join() !== '2')
    return { found: [tried], hint: 'Return v as two numbers, one for each unit of z.', mistake: 'shape' }
  const v = flat(got)
  const mistake = mistakeIn(v, W)
  if (mistake === undefined) return undefined
  const found = [
    tried,
    `your answer: v = ${formatNumbers(got)}, with vW = ${formatNumbers(shapeOf(product([v], W)[0])!)}`,
    `expected: vW = 0 and |v| = 1`,
  ]
  return mistake === 'other'
    ? {
        found,
        hint: 'If the second row is c times the first, v[0] + c v[1] must be 0. Solve that, then divide by the norm.',
      }
    : { found, hint: mistakes[mistake], mistake }
}

/**
 * A direction of z in which the likelihood does not move: vW = 0, |v| = 1; judged by that, so that either
 * sign is right.
 */
export const deadDirection: Exercise<(weights: Rows) => number[]> = {
  title: 'a direction v of length 1 with vW = 0',
  mistakes,
  judge: async (answer, seed) => {
    const random = new Random(seed, 'dead-direction')
    for (let i = 0; i < DRAWS; i++) {
      const first = random.list(3, () => random.signed(0.3, 2))
      const c = random.signed(0.3, 2)
      const finding = await judgeOne(answer, [first, first.map((value) => c * value)])
      if (finding) return finding
    }
    const edge = await judgeOne(answer, [
      [0, 0, 0],
      [1, -2, 0.5],
    ])
    return edge && { ...edge, hint: mistakes['first row zero'], mistake: 'first row zero' }
  },
}
