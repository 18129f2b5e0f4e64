import { NotSolvedError } from './errors'
import { Random, type Exercise, type Judged } from './exercise'
import type { Outcome } from './guard'
import { DRAWS } from './judgeNumbers'
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

function judgeOne(W: Rows, { got, failure }: Outcome = {}): Judged {
  const tried = `tried: weights = ${formatNumbers(shapeOf(W)!)}`
  if (failure instanceof NotSolvedError) return failure
  if (failure) return { ...failure, found: [tried, ...failure.found] }
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
export const deadDirection: Exercise = {
  title: 'a direction v of length 1 with vW = 0',
  mistakes,
  judge: async (answer, seed) => {
    const random = new Random(seed, 'dead-direction')
    const draws = random.list(DRAWS, (): Rows => {
      const first = random.list(3, () => random.signed(0.3, 2))
      const c = random.signed(0.3, 2)
      return [first, first.map((value) => c * value)]
    })
    const edge: Rows = [
      [0, 0, 0],
      [1, -2, 0.5],
    ]
    const all = [...draws, edge]
    const outcomes = await answer.at(all.map((W) => [W]))
    // From here nothing is awaited, so that no job of the answer's comes between.
    answer.restore()
    for (const [i, W] of all.entries()) {
      const finding = judgeOne(W, outcomes[i])
      if (!finding) continue
      const atEdge = W === edge && !(finding instanceof NotSolvedError)
      return atEdge ? { ...finding, hint: mistakes['first row zero'], mistake: 'first row zero' } : finding
    }
    return undefined
  },
}
