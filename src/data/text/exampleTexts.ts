import path from '../../platform/path'
import { requireInteger } from '../../base/errors'
import { resolveOptions } from '../../base/options'
import { writeWhole } from '../../platform/files'

/** Subject, verb, object and adverbial, by topic. */
const topics: Readonly<Record<string, readonly (readonly string[])[]>> = {
  weather: [
    ['the wind', 'the rain', 'the storm', 'the fog'],
    ['comes from', 'moves to', 'stays over'],
    ['the coast', 'the hills', 'the north', 'the valley'],
    ['this morning', 'at night', 'until sunday', 'without a warning'],
  ],
  kitchen: [
    ['the cook', 'my mother', 'the baker', 'the waiter'],
    ['cuts', 'tastes', 'burns', 'serves'],
    ['the bread', 'the soup', 'the onions', 'a small cake'],
    ['with salt', 'for ten guests', 'in the kitchen', 'too slowly'],
  ],
  music: [
    ['the pianist', 'a choir', 'the drummer', 'my sister'],
    ['plays', 'sings', 'practises', 'forgets'],
    ['a slow song', 'the last piece', 'an old march', 'the second verse'],
    ['by heart', 'much too loud', 'in the hall', 'for the children'],
  ],
  travel: [
    ['the train', 'our bus', 'a small boat', 'the last tram'],
    ['leaves', 'reaches', 'passes', 'misses'],
    ['the station', 'the harbour', 'the old town', 'the border'],
    ['an hour late', 'before noon', 'without passengers', 'in heavy traffic'],
  ],
}

/**
 * Writes a text file to try `data.text`: one short sentence per line, `topic TAB who does what, and mostly
 * how`, each part drawn from one of four topics.
 *
 * @param options `{ count = 3000, file = 'out/sentences.txt' }`: how many sentences, and where.
 * @returns the file's absolute path.
 * @throws ArgumentError for a count that is not an integer ≥ 1, DataError if the file cannot be written.
 * @example
 * const sentences = await lid.data.text(lid.data.exampleTexts())
 */
export function exampleTexts(options: { count?: number; file?: string } = {}): string {
  const { count, file } = resolveOptions('exampleTexts', options, {
    count: 3000,
    file: path.join('out', 'sentences.txt'),
  })
  requireInteger('count', count)
  let state = 20_210
  const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(uniform() * all.length)]
  const lines = Array.from({ length: count }, () => {
    const [topic, parts] = oneOf(Object.entries(topics))
    const chosen = parts.slice(0, uniform() < 0.7 ? 4 : 3)
    return `${topic}\t${chosen.map(oneOf).join(' ')}`
  })
  return writeWhole(file, lines.join('\n'))
}
