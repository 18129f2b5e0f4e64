import escapeHtml from 'escape-html'
import { readText } from '../platform/fileSystem'
import path from '../platform/path'
import { packageFile } from '../platform/places'
import { writeWhole } from '../platform/files'
import { ArgumentError } from '../base/errors'
import { Model } from '../models/model'
import { saveModel } from '../models/save'
import type { TableLike, VegaLiteSpec } from '../plots/spec'
import { compile, requireDataInside, svgToPng, titleOf, toSvg } from './render'

/**
 * Writes a model into a folder, for `lid.load`: how it was built, steps, epochs, weights and fixed tensors
 * (safetensors, for Python too: `docs/file-format.md`). Or writes a chart to a file: `.svg`, `.png` (twice
 * the size in pixels), `.html` (interactive, needs no network) or
 * `.json` (the Vega-Lite specification). Or writes an arquero table: `.csv`, or `.arrow` for large ones
 * (`pyarrow.ipc.open_file`, `arrow::read_ipc_file` in R).
 *
 * @param what A model, a Vega-Lite specification with its data inside, or an arquero table.
 * @param file Path; its folder is created if needed. Its extension gives the format of a chart or table; a
 *   model's path is a folder.
 * @returns The absolute path.
 * @throws ArgumentError for anything else, such as a table of `lid.table`, another extension, a specification
 *   that is not valid, or a model that `lid.load` could not read: a view, or one with parts made by hand
 *   inside others.
 * @throws DataError if the file cannot be written; an existing file stays.
 * @example
 * lid.save(lid.plots.collapse(diagnosis), 'figures/collapse.svg')
 * lid.save(model, 'models/first')
 * lid.save(test.table(), 'tables/test.csv')
 */
export function save(what: VegaLiteSpec | Model | TableLike, file: string): string {
  if (typeof file !== 'string' || file === '')
    throw new ArgumentError('file', file, 'a path', 'Name a folder for a model, a file for anything else.')
  if (what instanceof Model) return saveModel(what, file)
  if (isTable(what)) return saveTable(what, file)
  requireChart(what)
  return saveChart(what, file)
}

/** Throws for what is no chart: a misleading error about the file would follow. */
function requireChart(what: unknown): asserts what is VegaLiteSpec {
  const isObject = typeof what === 'object' && what !== null
  if (isObject && !Array.isArray(what) && !('objects' in what) && !('then' in what)) return
  throw new ArgumentError(
    'what',
    what,
    'a model, a chart or an arquero table',
    isObject && 'then' in what
      ? 'Write await before it.'
      : isObject && 'objects' in what
        ? 'A table of lid.table is only for lid.show: save aq.from(rows).'
        : Array.isArray(what)
          ? 'Rows become a table by aq.from(rows).'
          : '',
  )
}

/** Formats in which arquero tables can be written. */
interface Table {
  toCSV(): string
  toArrowBuffer(): Uint8Array
}

const isTable = (what: unknown): what is Table =>
  typeof (what as Partial<Table> | undefined)?.toCSV === 'function' &&
  typeof (what as Partial<Table>).toArrowBuffer === 'function'

function saveTable(table: Table, file: string): string {
  const ending = path.extname(file).toLowerCase()
  if (ending === '.csv') return writeWhole(file, table.toCSV())
  if (ending === '.arrow') return writeWhole(file, Buffer.from(table.toArrowBuffer()))
  throw new ArgumentError('file', file, 'a path ending in .csv or .arrow for a table')
}

function saveChart(spec: VegaLiteSpec, file: string): string {
  const ending = path.extname(file).toLowerCase()
  const write = formats[ending]
  if (write === undefined)
    throw new ArgumentError('file', file, 'a path ending in .svg, .png, .html or .json')
  return writeWhole(file, write(spec))
}

const formats: Readonly<Record<string, (spec: VegaLiteSpec) => string | Buffer>> = {
  '.svg': (spec) => toSvg(spec),
  '.png': (spec) => svgToPng(toSvg(spec)),
  '.html': page,
  '.json': (spec) => (compile(spec), `${JSON.stringify(spec, null, 2)}\n`),
}

/** A page with Vega embedded, so that it opens anywhere and tooltips work. */
function page(spec: VegaLiteSpec): string {
  requireDataInside(spec)
  const script = (file: string) => readText(packageFile(file)).replace(/<\/script/gi, '<\\/script')
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
