import { round } from './spec'
import { softInk } from './theme'

/** A positional channel of a field on the plane's scale. */
export type Channel = (field: string, rest?: object) => object

/**
 * R + D = c for round values of c, clipped to the frame, each labelled with its ELBO, outside the frame if
 * possible.
 */
export function elboLines(
  [left, right]: readonly [number, number],
  [bottom, top]: readonly [number, number],
  x: Channel,
  y: Channel,
): object[] {
  const [least, most] = [bottom + left, top + right]
  const step = niceStep((most - least) / 7)
  const lines: { from: number; fromY: number; to: number; toY: number; text: string; side: string }[] = []
  for (let c = Math.ceil(least / step) * step; c < most; c += step) {
    const [from, to] = [Math.max(left, c - top), Math.min(right, c - bottom)]
    // A very short line in a corner is useless.
    if (to - from < 0.06 * (right - left)) continue
    const side = to === right ? 'right' : from > left ? 'top' : 'inside'
    const elbo = -c
    const text = `${elbo < 0 ? '−' : ''}${round(Math.abs(elbo), 6)}`
    lines.push({
      from: round(from, 6),
      fromY: round(c - from, 7),
      to: round(to, 6),
      toY: round(c - to, 7),
      text: side === 'right' && !lines.some((line) => line.side === 'right') ? `ELBO ${text}` : text,
      side,
    })
  }
  const label = (side: string, end: 'from' | 'to', mark: object) => ({
    data: { values: lines.filter((line) => line.side === side) },
    mark: { type: 'text', fontSize: 10.5, color: softInk, ...mark },
    encoding: { x: x(end), y: y(`${end}Y`), text: { field: 'text', type: 'nominal' } },
  })
  return [
    {
      data: { values: lines },
      mark: { type: 'rule', color: '#9aa5b1', strokeWidth: 1 },
      encoding: { x: x('from'), x2: { field: 'to' }, y: y('fromY'), y2: { field: 'toY' } },
    },
    label('right', 'to', { align: 'left', dx: 5 }),
    label('top', 'from', { align: 'center', dy: -8 }),
    label('inside', 'from', { align: 'left', dx: 6, dy: -3 }),
  ]
}

/** 1, 2 or 5 times a power of ten, at least `rough`. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  return power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10)
}
