import { EngineError } from '../../base/errors'
import type { VegaLiteSpec } from '../../plots/spec'
import { requireDataInside } from '../chartParts'
import type * as svgModule from '../svg'

export { requireDataInside, titleOf } from '../chartParts'

// Vega is a third of the bundle: it is loaded when charts are drawn, and a notebook draws them itself.

type Svg = typeof svgModule

let svg: Svg | undefined

/** Loads what draws charts. */
export async function loadCharts(): Promise<void> {
  svg ??= await import('../svg')
}

/** The page that a chart is shown on draws it. */
export const bringsPictures = false

// JupyterLab draws a chart that brings no picture a second time, to add one, and loses the first drawing: two megabytes
// at each update. One transparent pixel prevents that.
export const passingPicture: string | undefined =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

function loaded(): Svg {
  if (svg) return svg
  throw new EngineError('charts are not drawn yet: Vega is loaded by `await lid.loadCharts()`. Put it first.')
}

/** Without Vega a chart is not compiled, so that it can be saved as .json. */
export function compile(spec: VegaLiteSpec, warn?: (message: string) => void): object {
  requireDataInside(spec)
  return svg ? svg.compile(spec, warn) : spec
}

export const toSvg = (spec: VegaLiteSpec, warn?: (message: string) => void): string =>
  loaded().toSvg(spec, warn)

export const svgToPng = (_svg: string, _scale?: number): Buffer => {
  throw new EngineError(
    'the edition for browsers writes no PNG: save the chart as .svg, or use the menu beside the chart.',
  )
}

export const toPng = (spec: VegaLiteSpec, scale?: number): Buffer => svgToPng(toSvg(spec), scale)
