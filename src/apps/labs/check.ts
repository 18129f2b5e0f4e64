import { ArgumentError } from '../../base/errors'
import { hash32 } from '../../compute/streams'
import { withinTime } from '../../platform/withinTime'
import { NotSolvedError, WrongAnswerError } from './errors'
import { exercises, type ExerciseAnswers } from './exercises'
import type { Exercise } from './exercise'
import { restoreIntrinsics } from './intrinsics'

/**
 * Checks your answer to an exercise of a lab: runs it on random arguments, with a seed that no notebook
 * contains, and compares with the library's own formulas. Prints a line if it is right.
 *
 * @param exercise its name, as the notebook gives it: `'gaussian-kl'`.
 * @param answer your function.
 * @throws WrongAnswerError with the arguments, your answer, the expected one (nats, unless the exercise
 *   says otherwise) and a hint that fits the mistake; NotSolvedError if the stub is still there;
 * ArgumentError for an exercise that does not exist.
 * @example
 * await lid.check('gaussian-kl', (mean, sd) =>
 *   mean.reduce((sum, m, u) => sum + (m * m + sd[u] * sd[u] - 1) / 2 - Math.log(sd[u]), 0))
 */
export async function check<Name extends keyof ExerciseAnswers>(
  exercise: Name,
  answer: ExerciseAnswers[Name],
): Promise<void> {
  const asked = find(exercise)
  if (typeof answer !== 'function')
    throw new ArgumentError(
      'answer',
      answer,
      'a function',
      `Pass the function itself: await lid.check('${exercise}', yourFunction).`,
    )
  restoreIntrinsics()
  const { guarded, changed } = guard(answer as (...args: unknown[]) => unknown)
  const finding = await (asked as Exercise<unknown>).judge(guarded, Math.abs(hash32(`labs ${exercise}`)))
  const name = changed() ?? restoreIntrinsics()
  if (name !== undefined)
    throw new WrongAnswerError(
      exercise,
      [`it changed ${name}, which is put back now`],
      'Leave the built-in functions as they are: give your own another name.',
      'changed',
    )
  if (finding) throw new WrongAnswerError(exercise, finding.found, finding.hint, finding.mistake)
  console.log(`✓ ${exercise}: right. ${asked.title}`)
}

/** Milliseconds that an answer may take for one set of arguments: far more than any needs. */
const LIMIT = 5_000

/** An answer that is ended when it loops for ever, and after which built-in functions are as they were. */
function guard(answer: (...args: unknown[]) => unknown): {
  guarded: (...args: unknown[]) => unknown
  changed: () => string | undefined
} {
  let first: string | undefined
  const restore = (): void => {
    const name = restoreIntrinsics()
    first ??= name
  }
  const guarded = (...args: unknown[]): unknown => {
    let value: unknown
    try {
      value = withinTime(LIMIT, () => answer(...args))
    } finally {
      restore()
    }
    return value instanceof Promise ? value.finally(restore) : value
  }
  return { guarded, changed: () => first }
}

/**
 * Placeholder for your code in an exercise of a lab.
 *
 * @param exercise its name.
 * @returns nothing, ever.
 * @throws NotSolvedError, which names the exercise.
 * @example
 * const klOfNormals = (): number => lid.todo('gaussian-kl')
 */
export function todo(exercise: keyof ExerciseAnswers): never {
  find(exercise)
  throw new NotSolvedError(exercise)
}

function find(name: keyof ExerciseAnswers): Exercise<never> {
  if (!Object.hasOwn(exercises, name))
    throw new ArgumentError(
      'exercise',
      name,
      `one of ${Object.keys(exercises).join(', ')}`,
      'The notebook of the lab names it.',
    )
  return exercises[name]
}
