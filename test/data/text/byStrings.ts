import type { Wanted } from '../../../src/data/text/readTexts'
import { Vocabulary } from '../../../src/data/text/vocabulary'
import { codeLabels } from '../../../src/data/own/labels'

/** What a text file holds, by strings all the way: the slow way, to compare with. An error is its message. */
export function byStrings(bytes: Uint8Array, { labelled, most }: Wanted = {}): object | string {
  let content: string
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return 'x.txt is not UTF-8. Convert it, or check that it is the right file.'
  }
  content = content
    .replace(/\r(?!\n)/g, '\n')
    .replace(/[\v\f\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g, ' ')
  const lines = content.split('\n')
  const isText = (line: string) => line.trim() !== ''
  if (!lines.some(isText)) return 'x.txt has no texts. Write one per line.'
  const withTabs = labelled ?? lines.every((line) => line.includes('\t') || !isText(line))
  const texts: string[] = []
  const names: string[] = []
  for (const [i, whole] of lines.entries()) {
    if (!isText(whole)) continue
    const line = whole.endsWith('\r') ? whole.slice(0, -1) : whole
    const tab = line.indexOf('\t')
    if (withTabs && tab < 1)
      return `x.txt has no label before a tab in line ${i + 1}. Write label, tab, text in every line, or give labelled: false.`
    texts.push(withTabs ? line.slice(tab + 1) : line)
    if (withTabs) names.push(line.slice(0, tab).trim())
  }
  const vocabulary = Vocabulary.of(texts.slice(0, most))
  const { tokens: words, counts } = vocabulary
  const documents = texts.slice(0, most).map((text) => vocabulary.encode(text))
  const wanted = names.slice(0, most)
  const whole = wanted.every((label) => /^\d{1,9}$/.test(label))
  const labels = withTabs
    ? codeLabels(whole ? wanted.map(Number) : wanted, 'label')
    : { labels: undefined, labelNames: undefined }
  return { words, counts, documents, ...labels }
}
