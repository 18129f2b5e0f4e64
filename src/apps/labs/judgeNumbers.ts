import { OutOfTimeError } from '../../platform/withinTime'
import { NotSolvedError } from './errors'
import type { Computation, Finding, Numbers, Random } from './exercise'
import { flat, same, shapeOf, formatNumbers, type Shaped } from './numbers'

/** How many draws an answer must get right. */
export const DRAWS = 12

interface Trial<Args> {
  readonly args: Args
  readonly wanted: Shaped
  readonly got: Shaped
}

/**
 * Compares an answer with the right function on random arguments, and tells what kind of mistake it makes.
 */
export async function judgeNumbers<Args extends readonly unknown[]>(
  what: Computation<Args>,
  answer: (...args: Args) => unknown,
  random: Random,
): Promise<Finding | undefined> {
  const draws = Array.from({ length: DRAWS }, () => what.draw(random))
  const trials: Trial<Args>[] = []
  for (const args of draws) {
    const one = await attempt(what, answer, args)
    if ('hint' in one) return one
    trials.push(one)
  }
  if (!trials.every(({ got, wanted }) => same(got, wanted))) return explain(what, trials)
  for (const [mistake, { args, hint }] of Object.entries(what.edges ?? {})) {
    const one = await attempt(what, answer, args)
    if ('hint' in one) return { ...one, hint, mistake }
    if (!same(one.got, one.wanted)) return { found: told(what, one), hint, mistake }
  }
  return undefined
}

/** The hint for an answer that does not return. */
export const ENDLESS = 'Does every loop end? Its counter must grow, and its condition become false.'

/** The answer at some arguments, copied so that it cannot change ours. */
async function attempt<Args extends readonly unknown[]>(
  what: Computation<Args>,
  answer: (...args: Args) => unknown,
  args: Args,
): Promise<Trial<Args> | Finding> {
  const wanted = shapeOf(what.right(...args))!
  const tried = `tried: ${argumentsOf(what, args)}`
  let value: unknown
  try {
    value = await answer(...structuredClone(args))
  } catch (error) {
    if (error instanceof NotSolvedError) throw error
    if (error instanceof OutOfTimeError)
      return { found: [tried, error.message], hint: ENDLESS, mistake: 'endless' }
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { found: [tried, `it failed with ${message}`], hint: 'Run it on these arguments in a cell.' }
  }
  const got = shapeOf(value)
  const wish = `expected: ${formatNumbers(wanted)}`
  if (!got)
    return {
      found: [tried, `it returned ${value === undefined ? 'nothing' : typeof value}`, wish],
      hint: value === undefined ? 'Is there a return?' : `Return ${kindOf(wanted)}.`,
    }
  return { args, wanted, got }
}

function explain<Args extends readonly unknown[]>(
  what: Computation<Args>,
  trials: readonly Trial<Args>[],
): Finding {
  const worst = trials.find(({ got, wanted }) => !same(got, wanted))!
  for (const [mistake, { instead, hint }] of Object.entries(what.mistakes))
    if (trials.every(({ args, got }) => same(got, shapeOf(instead(...args))!)))
      return { found: told(what, worst), hint, mistake }
  return { found: told(what, worst), ...(pattern(trials) ?? { hint: what.hint }) }
}

/** Mistakes that show in the numbers alone, whatever was to be computed. */
function pattern<Args>(trials: readonly Trial<Args>[]): { hint: string; mistake: string } | undefined {
  const wrong = trials.find(({ got, wanted }) => got.shape.join() !== wanted.shape.join())
  if (wrong) {
    const turned = wrong.got.shape.join() === [...wrong.wanted.shape].reverse().join()
    return turned
      ? { mistake: 'transposed', hint: 'The matrix is transposed: rows and columns are exchanged.' }
      : { mistake: 'shape', hint: `Return ${kindOf(wrong.wanted)}, not ${kindOf(wrong.got)}.` }
  }
  const pairs = trials.flatMap(({ got, wanted }) => flat(got).map((g, i) => [g, flat(wanted)[i]]))
  if (pairs.some(([g]) => !Number.isFinite(g)))
    return {
      mistake: 'not finite',
      hint: 'There is NaN or infinity: a logarithm or a root of something that is not positive, a division by 0, an index beyond the end of an array, or ^, which is not a power here (write **)?',
    }
  const ratios = pairs.filter(([, w]) => Math.abs(w) > 1e-6).map(([g, w]) => g / w)
  const [ratio] = ratios
  const constant = ratios.length > 2 && ratios.every((one) => Math.abs(one - ratio) < 1e-6 * Math.abs(ratio))
  if (!constant) return undefined
  const is = (value: number) => Math.abs(ratio - value) < 1e-6 * Math.abs(value)
  if (is(-1)) return { mistake: 'sign', hint: 'Every answer has the wrong sign.' }
  if (is(1 / Math.LN2) || is(Math.LN2))
    return { mistake: 'bits', hint: 'These are bits: use the natural logarithm, Math.log, for nats.' }
  if (is(2)) return { mistake: 'factor 2', hint: 'Every answer is twice too large: is a factor ½ missing?' }
  if (is(0.5)) return { mistake: 'factor ½', hint: 'Every answer is half of the expected one.' }
  return {
    mistake: 'factor',
    hint: `Every answer is ${Number(ratio.toPrecision(4))} times the expected one: a constant factor is wrong.`,
  }
}

function told<Args extends readonly unknown[]>(
  what: Computation<Args>,
  { args, got, wanted }: Trial<Args>,
): string[] {
  const [g, w] = [got.value, wanted.value]
  const ratio =
    typeof g === 'number' && typeof w === 'number' && Number.isFinite(g) && w !== 0
      ? ` (yours is ${Number((g / w).toPrecision(4))} times that)`
      : ''
  return [
    `tried: ${argumentsOf(what, args)}`,
    `your answer: ${formatNumbers(got)}`,
    `expected: ${formatNumbers(wanted)}${ratio}`,
  ]
}

const argumentsOf = <Args extends readonly unknown[]>(what: Computation<Args>, args: Args): string =>
  args.map((one, i) => `${what.names[i]} = ${formatNumbers(shapeOf(one as Numbers)!)}`).join(', ')

function kindOf({ shape }: Shaped): string {
  if (shape.length === 0) return 'a number'
  return shape.length === 1 ? `${shape[0]} numbers` : `${shape[0]} rows of ${shape[1]} numbers`
}
