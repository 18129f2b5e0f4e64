import { Presets, SingleBar, type Options } from 'cli-progress'

/** Where a progress bar is drawn. */
export type Terminal = NodeJS.WriteStream

/** A progress bar in a terminal. */
export type ProgressBar = SingleBar

/** Standard output. */
export const standardOutput = (): Terminal => process.stdout

/** Standard error. */
export const standardError = (): Terminal => process.stderr

/**
 * A progress bar that is not drawn yet. It neither hides the cursor nor turns wrapping off, but cuts what is too
 * long: so there is nothing to restore, however the process ends.
 */
export const progressBar = (
  options: Omit<Options, 'hideCursor' | 'linewrap' | 'gracefulExit'>,
): ProgressBar => new SingleBar({ ...options, hideCursor: false, linewrap: true }, Presets.shades_classic)
