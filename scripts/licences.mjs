// Writes docs/licences.md: every package that an installation brings, with its version and licence, from
// package-lock.json. With --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const file = path.join(root, 'docs', 'licences.md')
const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))

/** The licence that a package's own package.json names, where the lock file does not. */
function ownLicence(place) {
  try {
    const { license, licenses } = JSON.parse(readFileSync(path.join(root, place, 'package.json'), 'utf8'))
    return license ?? licenses?.map(({ type }) => type).join(' OR ')
  } catch {
    return undefined
  }
}

const all = Object.entries(packages)
  .filter(([place, { link }]) => place !== '' && !link)
  .map(([place, { version, license, dev = false }]) => ({
    name: place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version,
    licence: license ?? ownLicence(place) ?? 'not stated',
    dev,
  }))
const unique = (list) => [...new Map(list.map((one) => [`${one.name} ${one.version}`, one])).values()]
const ordered = (list) =>
  unique(list).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1))

function table(list) {
  const rows = [
    ['package', 'version', 'licence'],
    ...ordered(list).map(({ name, version, licence }) => [name, version, licence]),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)))
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  return [
    line(rows[0]),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...rows.slice(1).map(line),
  ].join('\n')
}

const counts = Object.entries(
  unique(all).reduce((sum, { licence }) => ({ ...sum, [licence]: (sum[licence] ?? 0) + 1 }), {}),
)
  .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  .map(([licence, count]) => `${licence} ${count}`)
  .join(', ')

const text = `# Licences of the dependencies

lidvae is under the MIT licence. The version of every package is fixed: of direct dependencies in \`package.json\`, of all others in \`package-lock.json\`. \`node scripts/licences.mjs\` makes this page from that file.
Number of packages by licence: ${counts}.

## Part of an installation

${table(all.filter(({ dev }) => !dev))}

## Used in development only

${table(all.filter(({ dev }) => dev))}
`

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('docs/licences.md is not of this package-lock.json. Run: node scripts/licences.mjs')
    process.exitCode = 1
  }
} else writeFileSync(file, text)
