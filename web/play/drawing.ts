// Canvases: points by colour, two lines, and small pictures. Colours of the page come from its style sheet.

/** Ten colours that colour-blind eyes tell apart, on light and on dark. */
export const COLORS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#8c7ae6',
  '#999933',
  '#117733',
  '#aa4466',
]

const styleOf = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** A canvas's context, cleared, in units of CSS pixels. */
function begin(canvas: HTMLCanvasElement): { pen: CanvasRenderingContext2D; width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas
  const scale = window.devicePixelRatio || 1
  const [across, down] = [Math.round(width * scale), Math.round(height * scale)]
  if (canvas.width !== across || canvas.height !== down)
    Object.assign(canvas, { width: across, height: down })
  const pen = canvas.getContext('2d')!
  pen.setTransform(scale, 0, 0, scale, 0, 0)
  pen.clearRect(0, 0, width, height)
  return { pen, width, height }
}

/** The colour of a point whose class is not known at all. */
const UNKNOWN = '#888'

/**
 * Points `[size, 2]`, each in the colour of its class, which fades into grey where it is less certain, from 1
 * to 0. `reach` is what the frame shows in each direction, by default all.
 */
export function drawPoints(
  canvas: HTMLCanvasElement,
  points: Float32Array,
  classes: ArrayLike<number>,
  { reach, certainty }: { reach?: number; certainty?: ArrayLike<number> } = {},
): void {
  const { pen, width, height } = begin(canvas)
  let most = reach ?? 1e-6
  if (reach === undefined) for (const value of points) most = Math.max(most, Math.abs(value))
  const half = Math.min(width, height) / 2
  const scale = (0.94 * half) / most
  pen.strokeStyle = styleOf('--line')
  pen.beginPath()
  pen.moveTo(0, height / 2)
  pen.lineTo(width, height / 2)
  pen.moveTo(width / 2, 0)
  pen.lineTo(width / 2, height)
  pen.stroke()
  for (let i = 0; i < points.length / 2; i++) {
    const known = certainty?.[i] ?? 1
    pen.beginPath()
    pen.arc(width / 2 + scale * points[2 * i], height / 2 - scale * points[2 * i + 1], 2.4, 0, 2 * Math.PI)
    for (const [color, share] of [
      [UNKNOWN, 1 - known],
      [COLORS[classes[i] % COLORS.length], known],
    ] as const) {
      pen.globalAlpha = 0.75 * share
      pen.fillStyle = color
      pen.fill()
    }
  }
  pen.globalAlpha = 1
}

/** Grey pictures `[count, 28, 28]` beside each other, each framed in a colour. */
export function drawPictures(canvas: HTMLCanvasElement, pictures: Float32Array): void {
  const { pen, width, height } = begin(canvas)
  const count = pictures.length / 784
  const columns = Math.ceil(Math.sqrt((count * width) / height))
  const size = Math.min(width / columns, height / Math.ceil(count / columns))
  for (let k = 0; k < count; k++) {
    const image = new ImageData(28, 28)
    for (let i = 0; i < 784; i++) image.data.set([255, 255, 255, 255 * pictures[784 * k + i]], 4 * i)
    const small = document.createElement('canvas')
    Object.assign(small, { width: 28, height: 28 })
    small.getContext('2d')!.putImageData(image, 0, 0)
    const [x, y] = [(k % columns) * size, Math.floor(k / columns) * size]
    pen.fillStyle = '#111'
    pen.fillRect(x + 2, y + 2, size - 4, size - 4)
    pen.drawImage(small, x + 2, y + 2, size - 4, size - 4)
    pen.lineWidth = 2
    pen.strokeStyle = COLORS[k % COLORS.length]
    pen.strokeRect(x + 2, y + 2, size - 4, size - 4)
  }
}

/** Lines from step 0 to `steps`, each `[step, value]`, with their names at the end. */
export function drawLines(
  canvas: HTMLCanvasElement,
  lines: readonly { name: string; color: string; values: readonly (readonly [number, number])[] }[],
  steps: number,
): void {
  const { pen, width, height } = begin(canvas)
  const values = lines.flatMap((line) => line.values.map(([, value]) => value))
  if (values.length === 0) return
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const [top, bottom, right] = [8, height - 8, width - 64]
  const x = (step: number): number => (step / steps) * right
  const y = (value: number): number => bottom - ((value - least) / (most - least || 1)) * (bottom - top)
  pen.font = '12px system-ui, sans-serif'
  const ends: number[] = []
  for (const { name, color, values: line } of lines) {
    pen.strokeStyle = pen.fillStyle = color.startsWith('--') ? styleOf(color) : color
    pen.lineWidth = 2
    pen.beginPath()
    line.forEach(([step, value], i) =>
      i === 0 ? pen.moveTo(x(step), y(value)) : pen.lineTo(x(step), y(value)),
    )
    pen.stroke()
    const [step, value] = line[line.length - 1] ?? [0, 0]
    let at = Math.min(Math.max(y(value) + 4, 12), height - 4)
    // Names do not cover each other.
    for (const other of ends) if (Math.abs(at - other) < 14) at = other > height / 2 ? other - 14 : other + 14
    ends.push(at)
    pen.fillText(name, x(step) + 6, at)
  }
}
