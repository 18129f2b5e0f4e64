/**
 * One load of one data set in a process of its own: `ours.ts NAME`; prints one line of JSON. LIDVAE_DATA says
 * where the files are.
 */
import { fashionMnist } from '../../src/data/fashionMnist'
import { omniglot } from '../../src/data/omniglot'
import { yahoo, yelp } from '../../src/data/text/published'
import type { TextSet } from '../../src/data/text/textSet'
import type { DataSet } from '../../src/data/dataset'
import type { Load, SetName } from './load'

const options = { download: false, onNote: () => undefined }
const texts = async (load: typeof yahoo) => {
  const { train, validation, test, source } = await load(options)
  return { parts: [train, validation, test], source }
}
const images = async (load: typeof fashionMnist | typeof omniglot) => {
  const { train, test, source } = await load(options)
  return { parts: [train, test], source }
}
const LOADERS: Record<SetName, () => Promise<{ parts: (DataSet | TextSet)[]; source: string }>> = {
  'fashion-mnist': () => images(fashionMnist),
  omniglot: () => images(omniglot),
  yahoo: () => texts(yahoo),
  yelp: () => texts(yelp),
}

const numbersOf = (part: DataSet | TextSet): readonly ArrayLike<number>[] =>
  'documents' in part ? part.documents : [part.x]

function sum(list: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < list.length; i++) total += list[i]
  return total
}

const peakNow = (): number => 1024 * process.resourceUsage().maxRSS

async function main(): Promise<void> {
  const name = process.argv[2] as SetName
  const before = peakNow()
  const began = performance.now()
  const { parts, source } = await LOADERS[name]()
  const ms = performance.now() - began
  const peakBytes = peakNow() - before
  const load: Load = {
    ms,
    peakBytes,
    decodedBytes: parts.reduce(
      (bytes, part) =>
        bytes + sum(numbersOf(part).map(({ length }) => 4 * length)) + 4 * (part.labels?.length ?? 0),
      0,
    ),
    items: parts.map(({ size }) => size),
    sums: parts.map((part) => sum(numbersOf(part).map(sum))),
    labels: parts.map(({ labels }) => sum(labels ?? [])),
    source,
  }
  console.log(JSON.stringify(load))
}

void main()
