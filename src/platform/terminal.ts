import { Presets, SingleBar, type Options } from 'cli-progress'

/** Where a bar is drawn. */
export type Terminal = NodeJS.WriteStream

/** A bar in a terminal that changes in place. */
export type ProgressBar = SingleBar

/** Standard output. */
export const standardOutput = (): Terminal => process.stdout

/** Standard error. */
export const standardError = (): Terminal => process.stderr

/** A bar that is not drawn yet. */
export const progressBar = (options: Options): ProgressBar => new SingleBar(options, Presets.shades_classic)
