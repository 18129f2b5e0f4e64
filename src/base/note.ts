/** One line for the person at the notebook or terminal. */
export type Note = (line: string) => void

/** Says something where the person sees it: the cell's output, or the terminal. */
export const note: Note = (line) => console.log(`lidvae: ${line}`)

/** The same as a warning. */
export const warn: Note = (line) => console.warn(`lidvae: ${line}`)
