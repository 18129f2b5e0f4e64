import { placeLabels } from './placeLabels'
import { round } from './spec'

/** Width and height of a plane in pixels, and the domains of its axes. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
}

/**
 * A label's centre in the units of the axes; with `fromX` … `toY` if it had to move and a line connects it to
 * its point.
 */
export interface TiedLabel {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly fromX?: number
  readonly fromY?: number
  readonly toX?: number
  readonly toY?: number
}

/** A bar through a point, given by its ends in the units of the axes. */
export interface Bar {
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
}

/** Half of the distance that a label keeps from a bar's line, pixels. */
const CLEAR = 2
/** A label closer than this to its point needs no line, pixels. */
const NEAR = 15

/** Labels for points of a plane that do not cover points, bars or each other. */
export function tiedLabels(
  points: readonly { readonly x: number; readonly y: number; readonly text: string }[],
  { width, height, x: [xLow, xHigh], y: [yLow, yHigh] }: Plane,
  bars: readonly Bar[] = [],
): TiedLabel[] {
  const right = (value: number): number => (width * (value - xLow)) / (xHigh - xLow)
  const down = (value: number): number => (height * (yHigh - value)) / (yHigh - yLow)
  const backX = (at: number): number => round(xLow + (at / width) * (xHigh - xLow), 4)
  const backY = (at: number): number => round(yHigh - (at / height) * (yHigh - yLow), 6)
  const places = placeLabels(
    points.map(({ x, y, text }) => ({ x: right(x), y: down(y), text })),
    { width, height },
    'beside',
    bars.map((bar) => ({
      left: right(bar.x[0]) - CLEAR,
      right: right(bar.x[1]) + CLEAR,
      top: down(bar.y[1]) - CLEAR,
      bottom: down(bar.y[0]) + CLEAR,
    })),
  )
  return points.map(({ x, y, text }, i) => {
    const box = places[i]
    const at = down(y)
    // A line connects a label that had to move to its point.
    const near = Math.min(box.right, Math.max(box.left, right(x)))
    const beyond = Math.max(box.top - at, at - box.bottom)
    const tie = beyond > 0 && Math.hypot(near - right(x), beyond) > NEAR
    const leader = tie
      ? { fromX: x, fromY: y, toX: backX(near), toY: backY(at < box.top ? box.top : box.bottom) }
      : {}
    return { text, x: backX((box.left + box.right) / 2), y: backY((box.top + box.bottom) / 2), ...leader }
  })
}
