import { ArgumentError, unquoted } from '../base/errors'
import { isNumbers, isRows, round, rowsOf } from './spec'
import { spread } from './spread'
import type { Curves } from './training'

/** Smaller values are drawn at the bottom, nats. */
const FLOOR = 1e-4
/** Minimum distance between two labels, pixels. */
const LINE = 13

/** The curve of one unit of z. */
export interface UnitCurve {
  unit: number
  points: { epoch: number; value: number }[]
  end: number
}

/** Its KL in each epoch, nats. */
export const valuesOf = ({ points }: UnitCurve): number[] => points.map(({ value }) => value)

/** The curve of each unit of z; epochs without measured units are left out. */
export function unitsOf(curves: Curves): UnitCurve[] {
  const rows = rowsOf('history', isRows(curves) ? curves : curves.rows, ['epoch'])
  const measured = rows.filter((row) => isNumbers(row.klUnits) && row.klUnits.length > 0)
  if (measured.length === 0)
    throw new ArgumentError(
      'history',
      unquoted(`the columns ${Object.keys(rows[0]).join(', ')}`),
      'rows with klUnits, the KL of each unit of z',
      'Give the history that fit returns.',
    )
  const latent = (measured[0].klUnits as ArrayLike<number>).length
  return Array.from({ length: latent }, (_, unit) => {
    const points = measured.map((row) => {
      const list = row.klUnits as ArrayLike<number>
      const kl = list[unit]
      if (!Number.isFinite(kl) || list.length !== latent)
        throw new ArgumentError(
          'column `klUnits` of `history`',
          list,
          `${latent} finite numbers in every row`,
          'Give the history of one model.',
        )
      return { epoch: Number(row.epoch), value: round(Math.max(FLOOR, kl), 4) }
    })
    return { unit, points, end: points[points.length - 1].value }
  })
}

/**
 * A label for each active unit that has space, the largest first, and one for all dead units; moved apart if
 * lines end close together.
 */
export function labelsOf(
  units: readonly UnitCurve[],
  { domain, threshold, height }: { domain: readonly [number, number]; threshold: number; height: number },
) {
  const alive = units.filter(({ end }) => end >= threshold).sort((a, b) => b.end - a.end)
  const dead = units.filter(({ end }) => end < threshold)
  const room = Math.floor(height / LINE) - (dead.length > 0 ? 1 : 0)
  const named = alive.length > room ? alive.slice(0, room - 1) : alive
  const rest = alive.slice(named.length)
  const middle = (list: readonly UnitCurve[]) =>
    list.map(({ end }) => end).sort((a, b) => a - b)[list.length >> 1]
  const labels = [
    ...named.map(({ unit, end }) => ({ from: end, text: `z ${unit} · ${amount(end)}` })),
    ...(rest.length > 0 ? [{ from: middle(rest), text: `${rest.length} more alive` }] : []),
    ...(dead.length > 0 ? [{ from: middle(dead), text: deadWords(dead) }] : []),
  ]
  const decade = Math.log(domain[1] / domain[0])
  const pixel = (value: number) => (height * Math.log(domain[1] / value)) / decade
  const places = spread(
    labels.map(({ from }) => pixel(from)),
    LINE,
    [0, height],
  )
  return labels.map((label, i) => ({
    ...label,
    at: round(domain[1] * Math.exp((-places[i] / height) * decade), 4),
  }))
}

const amount = (value: number): string => (value < 0.1 ? value.toPrecision(1) : value.toFixed(2))

const deadWords = (dead: readonly UnitCurve[]): string =>
  dead.length > 3 ? `${dead.length} dead` : `dead: ${dead.map(({ unit }) => `z ${unit}`).join(', ')}`
