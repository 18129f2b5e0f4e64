/** A point with its label, in pixels from the left and from the top. */
export interface LabelledPoint {
  readonly x: number
  readonly y: number
  readonly text: string
}

/** The position of a label, in pixels from the left and from the top. */
export interface LabelBox {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

// Estimated width of a 12-pixel letter.
const LETTER = 6.6
const LINE = 14

/**
 * The position of each label, so that labels stay inside and do not cover points, each other or other marks:
 * beside its point (or `on` it), else above or below, else farther away, but nearer to its own point than to
 * any other.
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  size: { readonly width: number; readonly height: number },
  where: 'beside' | 'on' = 'beside',
  drawn: readonly LabelBox[] = [],
): LabelBox[] {
  const dots = points.map(({ x, y }) => ({ left: x - 7, right: x + 7, top: y - 7, bottom: y + 7 }))
  const taken: LabelBox[] = [...drawn, ...(where === 'on' ? [] : dots)]
  return points.map(({ x, y, text }) => {
    // Numbers on points that touch would read as one number.
    const half = (text.length * LETTER) / 2 + (where === 'on' ? 4 : 0)
    const boxes = (where === 'on' ? around(half) : beside(half)).map(([dx, dy]) =>
      boxAbout(x + dx, y + dy, half),
    )
    const cost = (box: LabelBox) =>
      taken.reduce((sum, other) => sum + overlap(box, other), 0) +
      outside(box, size) +
      (where === 'on' ? 0 : STRANGE * nearerBy(box, { x, y }, points))
    // The first of the smallest costs, up to rounding: nearer positions come first.
    const best = boxes.reduce((a, b) => (cost(b) < cost(a) - 1e-6 ? b : a))
    taken.push(best)
    return best
  })
}

/** What a pixel weighs by which a label is nearer to another point than to its own, in pixels of overlap. */
const STRANGE = 20

/** By how many pixels a label is nearer to other points than to its own, over all of them. */
const nearerBy = (box: LabelBox, own: Place, points: readonly Place[]): number =>
  points.reduce(
    (sum, one) =>
      one.x === own.x && one.y === own.y ? sum : sum + Math.max(0, away(box, own) - away(box, one)),
    0,
  )

interface Place {
  readonly x: number
  readonly y: number
}

/** Pixels between a label and a point. */
const away = ({ left, right, top, bottom }: LabelBox, { x, y }: Place): number =>
  Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom))

/** Shifts from a point, best first. */
const beside = (half: number): [number, number][] =>
  [1, 2, 3, 4].flatMap((far): [number, number][] => [
    [half + 10, -(far - 1) * LINE],
    [half + 10, (far - 1) * LINE],
    [-half - 10, -(far - 1) * LINE],
    [-half - 10, (far - 1) * LINE],
    [0, -far * LINE - 2],
    [0, far * LINE + 2],
  ])

/** Shifts around a point, the point itself first. */
const around = (half: number): [number, number][] => [
  [0, 0],
  ...[1, 2, 3].flatMap((far): [number, number][] =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((turn) => [
      far * (half + 4) * Math.cos((turn * Math.PI) / 4),
      far * LINE * 0.6 * Math.sin((turn * Math.PI) / 4),
    ]),
  ),
]

const boxAbout = (x: number, y: number, half: number): LabelBox => ({
  left: x - half,
  right: x + half,
  top: y - LINE / 2,
  bottom: y + LINE / 2,
})

const overlap = (a: LabelBox, b: LabelBox): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top))

/** Area outside the plot, which is worse than an overlap of labels. */
const outside = (box: LabelBox, { width, height }: { width: number; height: number }): number =>
  4 * ((box.right - box.left) * LINE - overlap(box, { left: 0, right: width, top: 0, bottom: height }))
