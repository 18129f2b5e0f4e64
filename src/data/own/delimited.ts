import { fromCSV } from 'arquero'
import type { TableSource } from './table'

/** How a text is divided into columns. */
export interface DelimitedOptions {
  /** Between two values of a row: ',' or a tab. */
  delimiter: string
  /** The file's name in messages. */
  name: string
}

/** A table from the text of a CSV or TSV file, whose first line names the columns. */
export function tableOfDelimited(text: string, options: DelimitedOptions): TableSource {
  return fromCSV(text.replace(/^\uFEFF/, ''), { delimiter: options.delimiter })
}
