import { NotSolvedError } from './errors'
import type { Computation, Finding, Judged, Numbers, Random } from './exercise'
import type { Guard, Outcome } from './guard'
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
  answer: Guard,
  random: Random,
): Promise<Judged> {
  const draws = Array.from({ length: DRAWS }, () => what.draw(random))
  const edges = Object.entries(what.edges ?? {})
  const all = [...draws, ...edges.map(([, { args }]) => args)]
  const wanted = all.map((args) => shapeOf(what.right(...args))!)
  const outcomes = await answer.at(all)
  // From here nothing is awaited, so that no job of the answer's comes between.
  answer.restore()
  const judged = all.map((args, i) => attempt(what, args, wanted[i], outcomes[i]))
  const trials: Trial<Args>[] = []
  for (const one of judged.slice(0, DRAWS)) {
    if (!('wanted' in one)) return one
    trials.push(one)
  }
  if (!trials.every(({ got, wanted }) => same(got, wanted))) return explain(what, trials)
  for (const [i, [mistake, { hint }]] of edges.entries()) {
    const one = judged[DRAWS + i]
    if (one instanceof NotSolvedError) return one
    if (!('wanted' in one)) return { ...one, hint, mistake }
    if (!same(one.got, one.wanted)) return { found: told(what, one), hint, mistake }
  }
  return undefined
}

/** The answer's numbers at some arguments, or what it did instead. */
function attempt<Args extends readonly unknown[]>(
  what: Computation<Args>,
  args: Args,
  wanted: Shaped,
  { got, kind = 'nothing', failure }: Outcome = {},
): Trial<Args> | Finding | NotSolvedError {
  if (got) return { args, wanted, got }
  if (failure instanceof NotSolvedError) return failure
  const tried = `tried: ${argumentsOf(what, args)}`
  if (failure) return { ...failure, found: [tried, ...failure.found] }
  return {
    found: [tried, `it returned ${kind}`, `expected: ${formatNumbers(wanted)}`],
    hint: kind === 'nothing' ? 'Is there a return?' : `Return ${kindOf(wanted)}.`,
  }
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
