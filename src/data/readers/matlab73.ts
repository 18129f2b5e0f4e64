import type { FileArray } from './fileArray'
import type { H5Dataset, H5Group, Hdf5File } from './hdf5File'
import { scatter } from './mat5'

const INNER = ['#refs#', '#subsystem#']
const FIELDS = "Save its parts as matrices: save('data.mat', '-struct', 's'), in MATLAB table2array(t)."

/** The variables of a MATLAB 7.3 file, an HDF5 file whose data sets have the axes of the matrices turned round. */
export function matlab73(file: Hdf5File): FileArray[] {
  const { root } = file
  const arrays: FileArray[] = []
  for (const name of file.reading('its root', () => root.keys())) {
    if (INNER.includes(name)) continue
    const found = file.reading(name, () => root.get(name))
    if (found?.type === 'Dataset') arrays.push(variable(file, found, name))
    else if (found?.type === 'Group') arrays.push(group(file, found, name))
  }
  return arrays
}

function variable(file: Hdf5File, found: H5Dataset, name: string): FileArray {
  const kind = file.attribute(found, 'MATLAB_class')
  const array = file.array(found, name)
  const shape = [...array.shape].reverse()
  // Of an empty matrix the data set holds the lengths.
  if (file.attribute(found, 'MATLAB_empty')) return { name, shape: [0, 0], dtype: String(kind) }
  if (kind === 'cell') return cells(file, found, name, shape)
  if (kind === 'char') return { name, shape: [shape[0]], dtype: 'text', texts: () => chars(file, found) }
  const dtype = array.refused ? array.dtype : typeof kind === 'string' ? kind : array.dtype
  return { ...array, shape, columnMajor: true, dtype }
}

/** A sparse matrix, or a structure. */
function group(file: Hdf5File, found: H5Group, name: string): FileArray {
  const height = file.attribute(found, 'MATLAB_sparse')
  if (height === undefined)
    return { name, shape: [], dtype: 'structure', refused: { what: 'a structure or table', remedy: FIELDS } }
  const keys = file.reading(name, () => found.keys())
  const part = (one: string): H5Dataset | undefined => {
    const dataset = file.reading(name, () => (keys.includes(one) ? found.get(one) : undefined))
    return dataset?.type === 'Dataset' ? dataset : undefined
  }
  const starts = part('jc') ?? file.fail(`has no columns of the sparse matrix ${name}`)
  const shape = [Number(height), file.requireSize(starts)[0] - 1]
  const values = part('data')
  return {
    name,
    shape,
    dtype: 'sparse double',
    columnMajor: true,
    stored: values ? file.requireSize(values)[0] : 0,
    read: (out) => {
      const rows = part('ir')
      const parts = {
        rows: rows ? file.list(rows) : [],
        starts: file.list(starts),
        values: values ? file.list(values) : [],
      }
      scatter(parts, shape[0], out, () => file.fail(`is damaged: an element of ${name} lies outside it`))
      return { count: out.length, unsafe: -1 }
    },
  }
}

/** The rows of a matrix of characters, without the spaces that fill them up. */
function chars(file: Hdf5File, found: H5Dataset): string[] {
  const [columns, rows = 1] = file.requireSize(found)
  const codes = file.list(found)
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => String.fromCharCode(codes[column * rows + row]))
      .join('')
      .trimEnd(),
  )
}

/** A cell array of texts: references to them. */
function cells(file: Hdf5File, found: H5Dataset, name: string, shape: number[]): FileArray {
  const texts = (): string[] => {
    file.requireSize(found)
    const references = file.reading(name, () => found.value)
    return Array.from(references as ArrayLike<unknown>, (reference, i) => {
      const target = file.reading(name, () => file.root.dereference(reference))
      if (target?.type !== 'Dataset' || file.attribute(target, 'MATLAB_class') !== 'char')
        return file.fail(`holds a cell array in ${name} of which cell ${i + 1} is no text`)
      return file.attribute(target, 'MATLAB_empty') ? '' : (chars(file, target)[0] ?? '')
    })
  }
  return { name, shape, dtype: 'cells', texts }
}
