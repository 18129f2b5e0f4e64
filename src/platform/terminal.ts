import { Presets, SingleBar, type Options } from 'cli-progress'

/** Where a progress bar is drawn. */
export type Terminal = NodeJS.WriteStream

/** A progress bar in a terminal. */
export type ProgressBar = SingleBar

/** Standard output. */
export const standardOutput = (): Terminal => process.stdout

/** Standard error. */
export const standardError = (): Terminal => process.stderr

/** A progress bar that is not drawn yet. */
export const progressBar = (options: Options): ProgressBar => new SingleBar(options, Presets.shades_classic)
