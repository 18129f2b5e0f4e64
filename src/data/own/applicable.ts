import { ArgumentError } from '../../base/errors'

/** What data are made from. */
export type SourceKind = 'a folder' | 'a file' | 'a table' | 'numbers'

const FOLDER = 'a folder'
const KINDS: Readonly<Record<string, readonly SourceKind[]>> = {
  size: [FOLDER],
  color: [FOLDER],
  background: [FOLDER],
  invert: [FOLDER],
  full: [FOLDER],
  columns: ['a table', 'a file'],
  label: ['a table', 'a file'],
  missing: ['a table', 'a file'],
  separator: ['a file'],
  decimal: ['a file'],
  header: ['a file'],
  x: ['a file'],
  y: ['a file'],
}

/**
 * Throws for an option that means nothing for this kind of source, rather than ignoring it.
 *
 * @param options as the user gave them. @param source what the data are made from.
 */
export function requireApplicable(options: object, source: SourceKind): void {
  const given = options as { labels?: unknown; label?: unknown; y?: unknown }
  if (given.labels !== undefined && (given.label !== undefined || given.y !== undefined))
    throw new ArgumentError(
      'from({ labels })',
      given.labels,
      `omitted where \`${given.y === undefined ? 'label' : 'y'}\` names the labels`,
    )
  for (const [name, value] of Object.entries(options)) {
    const kinds = KINDS[name]
    if (kinds === undefined || value === undefined || value === false || kinds.includes(source)) continue
    throw new ArgumentError(
      `from({ ${name} })`,
      value,
      `omitted for ${source}`,
      `It is an option for ${kinds.join(' or ')}.`,
    )
  }
}
