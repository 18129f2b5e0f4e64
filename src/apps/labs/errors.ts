import { LidvaeError } from '../../base/errors'

/** An exercise of a lab that nobody has written yet: its stub still stands there. */
export class NotSolvedError extends LidvaeError {
  override readonly name = 'NotSolvedError'

  constructor(readonly exercise: string) {
    super(
      `exercise '${exercise}' is not solved yet: replace the line with lid.todo('${exercise}') by your own code, then run the cell again.`,
    )
  }
}

/** An answer to an exercise of a lab that is not right: what was tried, what came out, what was wanted, and a hint. */
export class WrongAnswerError extends LidvaeError {
  override readonly name = 'WrongAnswerError'

  constructor(
    readonly exercise: string,
    /** What was found, a line each. */
    readonly found: readonly string[],
    /** What to look at. */
    readonly hint: string,
    /** The mistake that was recognised, by its name in the exercise; none where it was not. */
    readonly mistake?: string,
  ) {
    super([`'${exercise}' is not right yet.`, ...found, `hint: ${hint}`].join('\n  '))
  }
}
