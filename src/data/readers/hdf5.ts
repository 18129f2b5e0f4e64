import type { OpenFile } from '../../platform/openFile'
import { annData } from './annData'
import type { FileArray } from './fileArray'
import { Hdf5File, type H5Group } from './hdf5File'
import { matlab73 } from './matlab73'

const MOST_OBJECTS = 2000
const MOST_DEPTH = 12

/** The arrays of a file, which can be read until it is closed. */
export interface OpenArrays {
  arrays: FileArray[]
  /** Where columns are found that `label` names. */
  labelsIn?: string
  close: () => void
}

/** The arrays of an HDF5 file, of MATLAB 7.3 and of anndata too. */
export async function arraysOfHdf5(file: OpenFile): Promise<OpenArrays> {
  const opened = await Hdf5File.open(file)
  try {
    const { root } = opened
    const matlab = Buffer.from(file.read(0, 7)).toString('latin1') === 'MATLAB '
    const close = opened.close
    if (matlab) return { arrays: matlab73(opened), close }
    const names = opened.reading('its root', () => root.keys())
    const isAnnData = names.includes('obs') && names.includes('var')
    if (isAnnData) return { arrays: annData(opened), labelsIn: 'obs/', close }
    const arrays: FileArray[] = []
    collect(opened, root, '', arrays, 0)
    return { arrays, close }
  } catch (error) {
    opened.close()
    throw error
  }
}

/** All data sets below a group, by their paths. */
function collect(file: Hdf5File, group: H5Group, prefix: string, into: FileArray[], depth: number): void {
  for (const name of file.reading(group.path, () => group.keys())) {
    if (into.length >= MOST_OBJECTS || depth > MOST_DEPTH) return
    const found = file.reading(prefix + name, () => group.get(name))
    if (found?.type === 'Dataset') into.push(file.array(found, prefix + name))
    else if (found?.type === 'Group') collect(file, found, `${prefix}${name}/`, into, depth + 1)
  }
}
