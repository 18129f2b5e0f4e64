import { thousands } from '../../base/thousands'
import type { TextSet } from './textSet'

/** What people write for a word that they do not know. */
const UNKNOWNS = ['<unk>', '<UNK>', '[UNK]', 'UNK', 'unk', '@unk@', '<oov>']

/** What the tokens are and what looks odd about them. */
export function remarksOnTokens({ vocabulary, packed }: TextSet, unknown?: string): string[] {
  const { by, tokens, counts } = vocabulary
  if (by === 'characters') return ['characters are the tokens']
  const remarks = ['spaces separate words']
  const { starts, ends } = packed
  const single = starts.reduce((sum, start, i) => sum + (ends[i] - start === 1 ? 1 : 0), 0)
  const most = Math.max(0, ...[...packed.ids.slice(0, 1000)].map((id) => tokens[id].length))
  if (2 * single > starts.length && most > 1)
    remarks.push(
      `${thousands(single)} of ${thousands(starts.length)} texts are one word: by: 'characters' makes every character a token`,
    )
  for (const mark of unknown === undefined ? UNKNOWNS : []) {
    const at = tokens.indexOf(mark)
    if (at > 2)
      remarks.push(
        `${mark} is a word of the texts (${thousands(counts[at])} times): unknown: '${mark}' makes it the unknown word _UNK`,
      )
  }
  return remarks
}
