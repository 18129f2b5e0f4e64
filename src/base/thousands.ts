/** One line for the person at the notebook or terminal. */
export type Note = (line: string) => void

/** Says a line where the person sees it: the cell's output, or the terminal. */
export const note: Note = (line) => console.log(`lidvae: ${line}`)

/**
 * An integer with its thousands apart, 12,345: the same in every locale, and without the 6 MB of Node's
 * tables of locales.
 */
export const thousands = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')
