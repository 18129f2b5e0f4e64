// The canvas on which a visitor puts clouds of points, by pointer or by keys.
import { drawPoints } from './drawing'

/** Half the width of the plane that it shows. */
const REACH = 4
/** Most clouds: each is a class. */
const MOST = 8
const STEP = 0.25
const START: [number, number][] = [
  [-2, 1.5],
  [0, -2],
  [2, 1.5],
]

/** Makes a canvas an editor of clouds. */
export function editor(canvas: HTMLCanvasElement): { clouds(): [number, number][]; clear(): void } {
  let clouds = [...START]
  let cross: [number, number] = [0, 0]
  let focused = false

  const draw = (): void => {
    // Each cloud as a small ring of points.
    const points = clouds.flatMap(([x, y]) =>
      Array.from({ length: 40 }, (_, i) => [
        x + 0.06 * Math.sqrt(i) * Math.cos(2.4 * i),
        y + 0.06 * Math.sqrt(i) * Math.sin(2.4 * i),
      ]).flat(),
    )
    const classes = clouds.flatMap((_, k) => new Array<number>(40).fill(k))
    drawPoints(canvas, Float32Array.from(points), classes, { reach: REACH })
    if (!focused) return
    const pen = canvas.getContext('2d')!
    const unit = (0.94 * Math.min(canvas.clientWidth, canvas.clientHeight)) / 2 / REACH
    const [x, y] = [canvas.clientWidth / 2 + unit * cross[0], canvas.clientHeight / 2 - unit * cross[1]]
    pen.lineWidth = 2
    pen.strokeStyle = getComputedStyle(canvas).color
    pen.strokeRect(x - 7, y - 7, 14, 14)
  }
  const add = (at: [number, number]): void => {
    if (clouds.length < MOST) clouds.push(at)
    draw()
  }

  canvas.addEventListener('pointerdown', (event) => {
    const box = canvas.getBoundingClientRect()
    const unit = (0.94 * Math.min(box.width, box.height)) / 2 / REACH
    cross = [
      (event.clientX - box.left - box.width / 2) / unit,
      -(event.clientY - box.top - box.height / 2) / unit,
    ]
    add([...cross])
  })
  const moves: Readonly<Record<string, [number, number]>> = {
    ArrowLeft: [-STEP, 0],
    ArrowRight: [STEP, 0],
    ArrowUp: [0, STEP],
    ArrowDown: [0, -STEP],
  }
  canvas.addEventListener('keydown', (event) => {
    const { key } = event
    if (key in moves) cross = [cross[0] + moves[key][0], cross[1] + moves[key][1]]
    else if (key === 'Enter' || key === ' ') add([...cross])
    else if (key === 'Backspace') clouds.pop()
    else return
    event.preventDefault()
    draw()
  })
  canvas.addEventListener('focus', () => ((focused = true), draw()))
  canvas.addEventListener('blur', () => ((focused = false), draw()))
  new ResizeObserver(draw).observe(canvas)
  return {
    clouds: () => [...clouds],
    clear: () => {
      clouds = []
      draw()
    },
  }
}
