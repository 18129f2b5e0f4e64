import pc from 'picocolors'
import { type DataRow, fetchData, listData, verifyData } from '../../data/catalog'
import { downloadProgress } from '../../data/progress'

/** `lidvae data list`: where each data set is. */
export async function dataList(): Promise<number> {
  for (const row of await listData()) console.log(inWords(row))
  return 0
}

/**
 * `lidvae data verify [NAME]`: checks every file against its published size and checksum; 1 if one is missing
 * or wrong.
 */
export async function dataVerify(name?: string): Promise<number> {
  const rows = name === undefined ? await listData() : [await verifyData(name)]
  for (const row of rows) {
    console.log(inWords(row))
    for (const { name: file, size, checksum, ok, problem, compared } of row.files)
      console.log(
        `    ${mark(ok)} ${file}  ${ok ? `${size} bytes, MD5 ${checksum}${compared === undefined ? '' : ` (${compared})`}` : problem}`,
      )
  }
  // A data set that was never fetched is not a failure, unless requested.
  return rows.every(({ found, optional }) => found || (optional && name === undefined)) ? 0 : 1
}

/** `lidvae data fetch [NAME]`: downloads what is missing or damaged, verified. */
export async function dataFetch(name?: string): Promise<number> {
  // Data that must be put there by hand cannot be fetched; `lidvae data list` says how.
  const all = async () => (await listData()).filter((row) => !row.byHand).map((row) => row.name)
  const names = name === undefined ? await all() : [name]
  const shown = downloadProgress((line) => console.log(line))
  try {
    for (const one of names) console.log(inWords(await fetchData(one, shown.onProgress)))
  } finally {
    shown.stop()
  }
  return 0
}

const mark = (good: boolean) => (good ? pc.green('✓') : pc.yellow('!'))

function inWords({ name, found, folder, note, remedy }: DataRow): string {
  return `${mark(found)} ${pc.bold(name)}  ${note}${found ? ` (${folder})` : ''}${remedy ? `. ${remedy}` : ''}`
}
