import { cellsOf, type Cell, type Wanted } from './cell'
import { methods } from './methods'
import { isPresent, readRecord } from './record'

/** Data sets by what their entries decide: those of the first group decide both claims with few hours. */
const DATA = [['synthetic-text', 'fashion-mnist'], ['omniglot-mixture'], ['omniglot', 'yahoo', 'yelp']]

/** Methods likewise: the pair, the baselines in doubt, the rival that says most, and the rest. */
const METHODS = ['plain', 'lid', 'sa-vae', 'lagging', 'beta-0.2', 'lid-twist']

const rank = (list: readonly unknown[], at: number): number => (at < 0 ? list.length : at)

/** Position of a cell: group of data sets, ablation or not, seed, method. Seeds before methods: a claim needs both. */
const place = ({ data, method, seed }: Cell): number[] => [
  rank(
    DATA,
    DATA.findIndex((group) => group.includes(data)),
  ),
  methods[method].ablation ? 1 : 0,
  seed,
  rank(METHODS, METHODS.indexOf(method)),
]

/** The cells in the order of what they decide. */
export const inOrder = (cells: readonly Cell[]): Cell[] =>
  [...cells].sort((a, b) => {
    const [one, other] = [place(a), place(b)]
    const at = one.findIndex((value, i) => value !== other[i])
    return at < 0 ? 0 : one[at] - other[at]
  })

/** The cells without a record by the present rule, ablations among them, in the order of what they decide. */
export function missingCells(results: string, wanted: Wanted): Cell[] {
  const all = cellsOf({ ...wanted, method: wanted.method ?? Object.keys(methods) })
  return inOrder(all).filter((cell) => !isPresent(readRecord(results, cell)))
}
