import { isUtf8 } from '../../platform/bytes'
import { formatBytes } from '../../platform/files'
import type { OpenFile } from '../../platform/openFile'
import { tableOfDelimited } from '../own/delimited'
import { failing } from './fileArray'
import type { FileTable } from './tableRows'

// A text in JavaScript has at most 2^29 − 24 characters.
const MOST = 2 ** 29 - 24

/** The table of a CSV or TSV file. */
export function tableOfText(file: OpenFile, delimiter: string): FileTable {
  const fail = failing(file.name)
  if (file.size > MOST)
    fail(
      `has ${formatBytes(file.size)}, more than the ${formatBytes(MOST)} of a text`,
      "Save it as Parquet: pandas.read_csv(file).to_parquet('data.parquet').",
    )
  const bytes = file.read(0, file.size)
  if (!isUtf8(bytes))
    fail('is not UTF-8', "Save it as UTF-8, in pandas: df.to_csv(file, encoding='utf-8', index=False).")
  return {
    table: tableOfDelimited(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'), {
      delimiter,
      name: file.name,
    }),
  }
}
