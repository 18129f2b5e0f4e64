import { formatBytes } from '../../platform/files'
import type { OpenFile } from '../../platform/openFile'
import path from '../../platform/path'
import { tableOfDelimited, type DelimitedOptions } from '../own/delimited'
import { textOfTable } from '../own/tableText'
import { failing } from './fileArray'
import type { FileTable } from './tableRows'

// A text in JavaScript has at most 2^29 − 24 characters.
const MOST = 2 ** 29 - 24

/** The table of a CSV or TSV file. */
export function tableOfText(file: OpenFile, options: DelimitedOptions): FileTable {
  const fail = failing(file.name)
  if (file.size > MOST)
    fail(
      `has ${formatBytes(file.size)}, more than the ${formatBytes(MOST)} of a text`,
      "Save it as Parquet: pandas.read_csv(file).to_parquet('data.parquet').",
    )
  const bytes = file.read(0, file.size)
  const text = textOfTable(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  if (text === undefined)
    fail('is not UTF-8', "Save it as UTF-8, in pandas: df.to_csv(file, encoding='utf-8', index=False).")
  return { table: tableOfDelimited(text!, { ...options, file: path.basename(file.name) }) }
}
