import { wrongBrenier } from './brenier'
import { wrongCollapse } from './collapse'
import { wrongFixes } from './fixes'
import { wrongMeasures } from './measures'
import { wrongPpca } from './ppca'

/** A slip in a solution: these words replaced by those. */
export type Slip = readonly (readonly [from: string, to: string])[]

/**
 * Wrong answers as students write them: the solution's own code with a slip, by exercise and by the mistake
 * it must be recognised as.
 */
export const wrongAnswers: Readonly<Record<string, Readonly<Record<string, Slip>>>> = {
  ...wrongPpca,
  ...wrongMeasures,
  ...wrongCollapse,
  ...wrongFixes,
  ...wrongBrenier,
}
