import fs from 'node:fs'
import path from 'node:path'
import escapeHtml from 'escape-html'
import { writeWhole } from '../platform/files'
import { ArgumentError } from '../base/errors'
import { Model } from '../models/model'
import { saveModel } from '../models/save'
import type { VegaLiteSpec } from '../plots/spec'
import { compile, svgToPng, titleOf, toSvg } from './render'

/**
 * Writes a model into a folder, for `lid.load`: how it was built, steps, epochs and weights (safetensors, for Python too). Or writes a chart to a file: `.svg`, `.png` (twice the size in pixels), `.html` (interactive, needs no network) or
 * `.json` (the Vega-Lite specification).
 *
 * @param what A model, or a Vega-Lite specification with its data inside.
 * @param file Path; its folder is made if need be. A chart's ending says the format; a model's is a folder.
 * @returns The absolute path.
 * @throws ArgumentError for another ending or a specification that is not valid.
 * @throws DataError if the file cannot be written; what was there before stays.
 * @example
 * lid.save(lid.plots.collapse(diagnosis), 'figures/collapse.svg')
 * lid.save(model, 'models/first')
 */
export function save(what: VegaLiteSpec | Model, file: string): string {
  if (typeof file !== 'string' || file === '')
    throw new ArgumentError('file', file, 'a path', 'Name a folder for a model, a file for a chart.')
  return what instanceof Model ? saveModel(what, file) : saveChart(what, file)
}

function saveChart(spec: VegaLiteSpec, file: string): string {
  const ending = path.extname(file).toLowerCase()
  const write = formats[ending]
  if (write === undefined)
    throw new ArgumentError('file', file, 'a path ending in .svg, .png, .html or .json', 'Rename it so.')
  return writeWhole(file, write(spec))
}

const formats: Readonly<Record<string, (spec: VegaLiteSpec) => string | Buffer>> = {
  '.svg': (spec) => toSvg(spec),
  '.png': (spec) => svgToPng(toSvg(spec)),
  '.html': page,
  '.json': (spec) => (compile(spec), `${JSON.stringify(spec, null, 2)}\n`),
}

/** A page with Vega inside it, so that it opens anywhere and tooltips work. */
function page(spec: VegaLiteSpec): string {
  const script = (file: string) =>
    fs.readFileSync(require.resolve(file), 'utf8').replace(/<\/script/gi, '<\\/script')
  const data = JSON.stringify(compile(spec)).replace(/</g, '\\u003c')
  const title = escapeHtml(titleOf(spec))
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body style="margin: 16px; background: #fff">
<div id="chart"></div>
<script>${script('vega/build/vega.min.js')}</script>
<script>
new vega.View(vega.parse(${data}), { renderer: 'svg', container: '#chart', hover: true }).runAsync()
</script>
</body>
</html>
`
}
