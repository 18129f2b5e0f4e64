/** A point with the words beside it, pixels from the left and from the top. */
export interface LabelledPoint {
  readonly x: number
  readonly y: number
  readonly text: string
}

interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

// Of 12-pixel letters, wide enough for most words.
const LETTER = 6.6
const LINE = 14

/**
 * Where the middle of each label goes, so that labels cover neither points nor each other and stay inside: beside its point, else above or below it,
 * else farther off.
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  size: { readonly width: number; readonly height: number },
): { x: number; y: number }[] {
  const taken: Box[] = points.map(({ x, y }) => ({ left: x - 7, right: x + 7, top: y - 7, bottom: y + 7 }))
  return points.map(({ x, y, text }) => {
    const half = (text.length * LETTER) / 2
    const boxes = [1, 2, 3, 4].flatMap((far) =>
      [
        [half + 10, -(far - 1) * LINE],
        [half + 10, (far - 1) * LINE],
        [-half - 10, -(far - 1) * LINE],
        [-half - 10, (far - 1) * LINE],
        [0, -far * LINE - 2],
        [0, far * LINE + 2],
      ].map(([dx, dy]) => boxAbout(x + dx, y + dy, half)),
    )
    const cost = (box: Box) => taken.reduce((sum, other) => sum + overlap(box, other), 0) + outside(box, size)
    // The first of the least: nearer places come first.
    const best = boxes.reduce((a, b) => (cost(b) < cost(a) ? b : a))
    taken.push(best)
    return { x: (best.left + best.right) / 2, y: (best.top + best.bottom) / 2 }
  })
}

const boxAbout = (x: number, y: number, half: number): Box => ({
  left: x - half,
  right: x + half,
  top: y - LINE / 2,
  bottom: y + LINE / 2,
})

const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top))

/** Area outside the plot, which is worse than a label on another. */
const outside = (box: Box, { width, height }: { width: number; height: number }): number =>
  4 * ((box.right - box.left) * LINE - overlap(box, { left: 0, right: width, top: 0, bottom: height }))
