import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const folder = path.join(__dirname, 'snapshots')

/** A specification with numbers rounded, long data shortened and pictures named by their hash. */
function readable(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(4))
  if (typeof value === 'string' && value.startsWith('data:'))
    return `${value.slice(0, 22)} ${createHash('sha256').update(value).digest('hex').slice(0, 12)}`
  if (typeof value === 'string' && value.length > 400)
    return `${value.slice(0, 400)} … ${value.length} characters`
  if (Array.isArray(value)) {
    const shown = value.slice(0, 12).map(readable)
    return value.length > 16 ? [...shown, `… ${value.length - 12} more`] : value.map(readable)
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]))
}

/** Compares with the stored snapshot; `UPDATE_SNAPSHOTS=1` stores it anew. */
export function matchSnapshot(name: string, value: unknown): void {
  const file = path.join(folder, `${name}.json`)
  const { config: _config, ...rest } = value as Record<string, unknown>
  const text = `${JSON.stringify(readable(rest), null, 1)}\n`
  if (process.env.UPDATE_SNAPSHOTS) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, text)
  }
  assert.ok(
    existsSync(file),
    `no snapshot ${name}: run the tests once with UPDATE_SNAPSHOTS=1 and look at it`,
  )
  assert.equal(text, readFileSync(file, 'utf8'), `${name} has changed: look at it, then UPDATE_SNAPSHOTS=1`)
}
