// What the numbers mean, in a sentence or two.
import type { Snapshot } from './messages'

/** Below this share of log K the classes count as lost, above that as kept. */
const LOST = 0.06
const KEPT = 0.75

/** The verdict on a model as it is now. */
export function words(
  { information, most, step, price, fit }: Snapshot,
  kind: 'plain' | 'identifiable',
): { mood: 'good' | 'bad' | ''; html: string } {
  const share = information / most
  const percent = `${Math.round(100 * share)} %`
  if (step === 0 || !Number.isFinite(fit))
    return { mood: '', html: 'Not trained yet: codes and classes are those of chance.' }
  if (price < 0.05)
    return {
      mood: 'bad',
      html: '<b>Everything collapsed.</b> z and w say nothing: each point gets the same code.',
    }
  if (share < LOST)
    return {
      mood: 'bad',
      html: `<b>w has collapsed.</b> Whatever the point, the model answers the same about its class (it knows ${percent}). Only z is used.`,
    }
  if (share > KEPT)
    return {
      mood: 'good',
      html: `<b>w is used.</b> It says ${percent} of what there is to know about a point’s class${kind === 'plain' ? '; nothing made sure of it' : ''}.`,
    }
  return { mood: '', html: `<b>w says something.</b> It knows ${percent} of a point’s class.` }
}
