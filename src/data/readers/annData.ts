import type { FileArray } from './fileArray'
import type { H5Dataset, H5Group, Hdf5File } from './hdf5File'
import { scatter } from './mat5'

/** Groups of matrices with one row per cell, and the matrix of an earlier state. */
const MATRICES = ['layers', 'obsm']

/**
 * The matrices of an anndata file, dense or sparse, and the columns of its cells: `X`, `layers/NAME`,
 * `obsm/NAME`, `raw/X`, `obs/NAME`.
 *
 * @see https://anndata.readthedocs.io/en/stable/fileformat-prose.html
 */
export function annData(file: Hdf5File): FileArray[] {
  const { root } = file
  const arrays: FileArray[] = []
  const add = (group: H5Group | undefined, names: readonly string[], prefix: string): void => {
    for (const name of names) {
      const found = group && file.reading(prefix + name, () => group.get(name))
      const array = found && matrix(file, found as H5Group | H5Dataset, prefix + name)
      if (array) arrays.push(array)
    }
  }
  const keys = (group: H5Group): string[] => file.reading(group.path, () => group.keys())
  const groupAt = (name: string): H5Group | undefined => {
    const found = file.reading(name, () => (keys(root).includes(name) ? root.get(name) : undefined))
    return found?.type === 'Group' ? found : undefined
  }
  add(
    root,
    keys(root).filter((name) => name === 'X'),
    '',
  )
  for (const name of MATRICES) {
    const group = groupAt(name)
    if (group) add(group, keys(group), `${name}/`)
  }
  const raw = groupAt('raw')
  if (raw)
    add(
      raw,
      keys(raw).filter((name) => name === 'X'),
      'raw/',
    )
  const obs = groupAt('obs')
  if (!obs)
    return file.fail(
      'was written by an anndata before 0.7',
      'Write it again: anndata.read_h5ad(file).write_h5ad(file).',
    )
  const index = file.attribute(obs, '_index')
  for (const name of keys(obs)) {
    if (name === index || name === '__categories') continue
    const found = file.reading(`obs/${name}`, () => obs.get(name))
    const array = found && columnOf(file, found as H5Group | H5Dataset, `obs/${name}`)
    if (array) arrays.push(array)
  }
  return arrays
}

/** A dense or sparse matrix. */
function matrix(file: Hdf5File, found: H5Group | H5Dataset, name: string): FileArray | undefined {
  if (found.type === 'Dataset') return file.array(found, name)
  const encoding = file.attribute(found, 'encoding-type') ?? file.attribute(found, 'h5sparse_format')
  const kind = /^cs[rc]/.exec(String(encoding))?.[0]
  if (found.type !== 'Group' || kind === undefined) return undefined
  const declared = file.attribute(found, 'shape') ?? file.attribute(found, 'h5sparse_shape')
  const shape = Array.from((declared ?? []) as ArrayLike<number | bigint>, Number)
  const part = (one: string): H5Dataset => {
    const dataset = file.reading(`${name}/${one}`, () => found.get(one))
    return dataset?.type === 'Dataset' ? dataset : file.fail(`has no ${one} of the sparse matrix ${name}`)
  }
  const [values, indices, starts] = ['data', 'indices', 'indptr'].map(part)
  const type = file.typeOf(values)
  if (shape.length !== 2 || !shape.every((one) => Number.isInteger(one) && one >= 0) || type === undefined)
    file.fail(`has no shape and numbers of the sparse matrix ${name}`)
  const byColumn = kind === 'csc'
  return {
    name,
    shape,
    dtype: `sparse ${file.array(values, name).dtype}`,
    columnMajor: byColumn,
    stored: file.requireSize(values).reduce((a, b) => a * b, 1),
    read: (out) => {
      const parts = { rows: file.list(indices), starts: file.list(starts), values: file.list(values) }
      const [outer, inner] = byColumn ? [shape[1], shape[0]] : shape
      if (parts.starts.length !== outer + 1 || parts.rows.length !== parts.values.length)
        file.fail(`is damaged: the parts of the sparse matrix ${name} do not fit together`)
      scatter(parts, inner, out, () => file.fail(`is damaged: an element of ${name} lies outside it`))
      return { count: out.length, unsafe: -1 }
    },
  }
}

/** A column of the cells: numbers, texts, or codes of categories. */
function columnOf(file: Hdf5File, found: H5Group | H5Dataset, name: string): FileArray | undefined {
  if (found.type === 'Dataset') return file.array(found, name)
  if (found.type !== 'Group') return undefined
  const part = (one: string): H5Dataset | undefined => {
    const dataset = file.reading(name, () => (found.keys().includes(one) ? found.get(one) : undefined))
    return dataset?.type === 'Dataset' ? dataset : undefined
  }
  const [codes, categories] = [part('codes'), part('categories')]
  if (codes === undefined || categories === undefined) {
    const [values] = [part('values')]
    return values && file.array(values, name)
  }
  const shape = file.reading(name, () => codes.metadata.shape) ?? []
  return {
    name,
    shape,
    dtype: 'category',
    texts: () => {
      const names =
        file.typeOf(categories) === undefined
          ? file.texts(categories)
          : Array.from(file.list(categories), String)
      return Array.from(file.list(codes), (code, row) =>
        code >= 0 && code < names.length
          ? names[code]
          : file.fail(
              `has no category in row ${row} of ${name}, counted from 0`,
              'Leave out cells without one.',
            ),
      )
    },
  }
}
