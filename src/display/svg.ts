import escapeHtml from 'escape-html'
import * as vega from 'vega'
import * as vegaLite from 'vega-lite'
import { ArgumentError } from '../base/errors'
import { sha256 } from '../platform/hash'
import type { VegaLiteSpec } from '../plots/spec'
import { isObject, requireDataInside, titleOf } from './chartParts'
import { holdWidths, textWidth, type TextItem } from './textWidth'

/**
 * Compiles to Vega.
 *
 * @param warn Called with each of Vega-Lite's warnings; by default they are dropped.
 * @throws ArgumentError if Vega-Lite refuses the specification, with its reason in one line.
 */
export function compile(spec: VegaLiteSpec, warn: (message: string) => void = () => {}): object {
  if (!isObject(spec))
    throw new ArgumentError(
      'spec',
      spec,
      'a Vega-Lite specification',
      'Give what a function of lid.plots returns.',
    )
  const logger = {
    level: () => logger,
    error: (...words: unknown[]) => (warn(words.join(' ')), logger),
    warn: (...words: unknown[]) => (warn(words.join(' ')), logger),
    info: () => logger,
    debug: () => logger,
  }
  try {
    // A copy, because Vega marks the rows it is given.
    return vegaLite.compile(structuredClone(spec) as never, { logger: logger as never }).spec
  } catch (error) {
    const reason = String((error as Error).message)
      .split('\n')[0]
      .slice(0, 160)
    throw new ArgumentError('spec', spec, 'a valid Vega-Lite specification', `Vega-Lite reports: ${reason}`)
  }
}

/** The parts of Vega for synchronous drawing without a browser; exported, but missing in its types. */
const inner = vega as unknown as {
  textMetrics: { width: (item: TextItem, text?: unknown) => number }
  SVGStringRenderer: new (loader: unknown) => StringRenderer
  resetSVGDefIds: () => void
}
interface InnerView {
  _viewWidth: number
  _viewHeight: number
  _origin: [number, number]
  scenegraph(): { root: SceneItem }
}
interface SceneItem {
  marktype?: string
  url?: string
  width?: number
  height?: number
  image?: object
  items?: SceneItem[]
}
interface StringRenderer {
  initialize(el: null, width: number, height: number, origin: [number, number], scale: number): StringRenderer
  background(color: unknown): StringRenderer
  render(root: SceneItem): { svg(): string }
}

/**
 * Draws a specification as SVG, at once and without a browser. Images must be data URIs.
 *
 * @param spec A Vega-Lite specification with its data inside.
 * @param warn Called with each warning of Vega or Vega-Lite; by default they are dropped.
 * @returns The SVG's text; its ids are unique, so that many fit on one page.
 * @throws ArgumentError if the specification is not valid.
 */
export function toSvg(spec: VegaLiteSpec, warn: (message: string) => void = () => {}): string {
  requireDataInside(spec)
  const parsed = compile(isObject(spec) ? withoutAria(spec) : spec, warn)
  const { textMetrics } = inner
  const before = textMetrics.width
  textMetrics.width = textWidth
  try {
    const view = new vega.View(vega.parse(parsed), { renderer: 'none', logLevel: vega.Warn })
    const logger = view.logger() as unknown as Record<'warn' | 'error', (...words: unknown[]) => unknown>
    logger.warn = (...words) => (warn(words.join(' ')), logger)
    const failures: unknown[] = []
    logger.error = (...words) => (failures.push(...words), logger)
    view.run()
    if (failures.length > 0) throw failures[0]
    const svg = holdWidths(draw(view))
    view.finalize()
    return ownIds(svg, titleOf(spec))
  } catch (error) {
    if (error instanceof ArgumentError) throw error
    const reason = String((error as Error).message ?? error)
      .split('\n')[0]
      .slice(0, 160)
    throw new ArgumentError('spec', spec, 'a specification that Vega can draw', `Vega reports: ${reason}`)
  } finally {
    textMetrics.width = before
  }
}

/** `view.toSVG()` without promises: `show` must send before a cell without await ends. */
function draw(view: vega.View): string {
  const innerView = view as unknown as InnerView
  const { root } = innerView.scenegraph()
  keepImages(root)
  const padding = view.padding() as { left: number; right: number; top: number; bottom: number }
  inner.resetSVGDefIds()
  return new inner.SVGStringRenderer(view.loader())
    .initialize(
      null,
      innerView._viewWidth + padding.left + padding.right,
      innerView._viewHeight + padding.top + padding.bottom,
      [innerView._origin[0] + padding.left, innerView._origin[1] + padding.top],
      1,
    )
    .background(view.background())
    .render(root)
    .svg()
}

/** Marks data URIs as loaded; otherwise Vega loads them after the text is written. */
function keepImages(item: SceneItem): void {
  for (const child of item.items ?? []) {
    if (item.marktype === 'image' && child.url?.startsWith('data:'))
      child.image = {
        complete: true,
        src: child.url,
        url: child.url,
        width: child.width,
        height: child.height,
      }
    keepImages(child)
  }
}

/** One accessible label for the whole image instead of one per mark, which would double its size. */
const withoutAria = (spec: VegaLiteSpec): VegaLiteSpec => ({
  ...spec,
  config: { ...(spec.config as object | undefined), aria: false },
})

/**
 * Ids derived from the content, because `clip1` of two charts on one page would collide; and the accessible
 * label.
 */
function ownIds(svg: string, title: string): string {
  const own = sha256(svg).slice(0, 8)
  return svg
    .replace(/(id="|url\(#)((?:clip|gradient_|p_)\w*)/g, `$1$2_${own}`)
    .replace('<svg ', `<svg role="img" aria-label="${escapeHtml(title)}" `)
}
