import { ArgumentError } from '../../base/errors'
import { hash32 } from '../../compute/streams'
import { NotSolvedError, WrongAnswerError } from './errors'
import { exercises, type ExerciseAnswers } from './exercises'
import type { Exercise } from './exercise'
import { guard } from './guard'
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
  const { log } = console
  restoreIntrinsics()
  refuseIfChanged(exercise)
  const guarded = guard(answer as (...args: unknown[]) => unknown)
  const finding = await asked.judge(guarded, Math.abs(hash32(`labs ${exercise}`)))
  guarded.restore()
  refuseIfChanged(exercise)
  const name = guarded.changed()
  if (name !== undefined)
    throw new WrongAnswerError(
      exercise,
      [`it changed ${name}, which is put back now`],
      'Leave the built-in functions as they are: give your own another name.',
      'changed',
    )
  if (finding instanceof NotSolvedError) throw finding
  if (finding) throw new WrongAnswerError(exercise, finding.found, finding.hint, finding.mistake)
  log(`✓ ${exercise}: right. ${asked.title}`)
}

/** Nothing can be judged with built-in functions that cannot be put back, such as those of a frozen object. */
function refuseIfChanged(exercise: string): void {
  const name = restoreIntrinsics()
  if (name !== undefined)
    throw new WrongAnswerError(
      exercise,
      [`${name} was changed, and cannot be put back`],
      'Take that out of your code, then restart the kernel.',
      'changed',
    )
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

function find(name: keyof ExerciseAnswers): Exercise {
  if (!Object.hasOwn(exercises, name))
    throw new ArgumentError(
      'exercise',
      name,
      `one of ${Object.keys(exercises).join(', ')}`,
      'The notebook of the lab names it.',
    )
  return exercises[name]
}
