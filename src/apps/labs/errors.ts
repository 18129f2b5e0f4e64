import { LidvaeError } from '../../base/errors'

/** An unsolved exercise of a lab: its stub is still there. */
export class NotSolvedError extends LidvaeError {
  override readonly name = 'NotSolvedError'

  constructor(readonly exercise: string) {
    super(
      `exercise '${exercise}' is not solved yet: replace the line with lid.todo('${exercise}') with your own code, then run the cell again.`,
    )
  }
}

/** A wrong answer to an exercise of a lab: the arguments, the answer, the expected one, and a hint. */
export class WrongAnswerError extends LidvaeError {
  override readonly name = 'WrongAnswerError'

  constructor(
    readonly exercise: string,
    /** The findings, one line each. */
    readonly found: readonly string[],
    /** What to look at. */
    readonly hint: string,
    /** The mistake that was recognised, by its name in the exercise; undefined if none was. */
    readonly mistake?: string,
  ) {
    super([`'${exercise}' is not right yet.`, ...found, `hint: ${hint}`].join('\n  '), undefined, true)
  }
}
