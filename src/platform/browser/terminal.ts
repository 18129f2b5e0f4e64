import type { ProgressBar, Terminal } from '../terminal'

export type { ProgressBar, Terminal } from '../terminal'

/** The console, by lines; it is no terminal, so that nothing draws over it. */
const lines = {
  isTTY: false,
  write: (text: string) => console.log(text.replace(/\n$/, '')),
} as unknown as Terminal

export const standardOutput = (): Terminal => lines

export const standardError = (): Terminal => lines

export const progressBar = (_: object): ProgressBar => {
  throw new Error('there is no terminal in a browser')
}
