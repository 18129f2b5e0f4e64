/**
 * lidvae for browsers: the same public names, on WebAssembly, and beside them what a page needs: where things
 * are loaded from, the files that were written, and charts as SVG.
 */
import { type EngineInfo, ready } from './index'
import { resolveOptions } from './base/options'
import { setWasmFolder } from './compute/browser/engines'
import { loadCharts, toSvg } from './display/browser/render'
import { setChannel, type Channel } from './display/channel'
import { decoderNotes } from './export/notes'
import * as memory from './platform/browser/memory'
import { stopWorks } from './platform/cancellation'
import type { VegaLiteSpec } from './plots/spec'

export * from './index'
export { decoderNotes, loadCharts, setChannel }
export type { Bundle, Channel } from './display/channel'
export type { DecoderNotes } from './export/notes'

/** What a page decides. */
export interface StartOptions {
  /** Folder of the WebAssembly files; by default the one of this module. */
  wasm?: string | URL
  /** Folder of the package, which has the samples and the labs' models; by default two folders up. */
  files?: string | URL
  /** Packs to load at once: `'labs'`, for `lid.pretrained`. Samples load when they are asked for. */
  packs?: readonly string[]
  /** Receives what is shown (charts, tables, text); by default it is printed. */
  channel?: Channel
}

/** Where this module was loaded from; the bundler puts it in. */
declare const LIDVAE_ADDRESS: string
const here = (url: string | URL): URL => new URL(url, LIDVAE_ADDRESS)
const folder = (url: string | URL): URL => new URL(`${here(url).href.replace(/\/$/, '')}/`)

setWasmFolder(here('./'))
memory.setFilesAt(here('../../'))

/**
 * Starts the library in a page or a worker: the engine, and what is to be loaded before it is used. `ready()`
 * alone does as well where nothing is to be set.
 *
 * @param options `{ wasm, files, packs = [], channel }`
 * @returns which engine runs
 * @throws ArgumentError for an unknown option; Error if something cannot be loaded, with its address
 * @example
 * import * as lid from './node_modules/lidvae/dist/browser/lidvae.js'
 * await lid.start()
 */
export async function start(options: StartOptions = {}): Promise<EngineInfo> {
  const { wasm, files, packs, channel } = resolveOptions('start', options, {
    wasm: undefined,
    files: undefined,
    packs: [],
    channel: undefined,
  })
  if (wasm !== undefined) setWasmFolder(folder(wasm))
  if (files !== undefined) memory.setFilesAt(folder(files))
  if (channel !== undefined) setChannel(channel)
  await Promise.all(packs.map(memory.loadPack))
  return ready({ quiet: true })
}

/** Loads packs of the package's files: `await lid.loadPacks('labs')`. */
export const loadPacks = async (...names: string[]): Promise<void> => {
  await Promise.all(names.map(memory.loadPack))
}

/** Stops all that is under way, as Stop does in a notebook. @returns false if nothing was */
export const stop = (): boolean => stopWorks()

/**
 * A chart as the text of an SVG image; loads Vega the first time.
 *
 * @param spec a chart of `lid.plots`
 * @returns SVG
 * @throws ArgumentError if it cannot be drawn
 * @example
 * document.body.innerHTML = await lid.drawChart(lid.plots.training(history))
 */
export async function drawChart(spec: VegaLiteSpec): Promise<string> {
  await loadCharts()
  return toSvg(spec)
}

/** The files that the library wrote, and those it is to read; they are in this page's memory. */
export const files = {
  /** Their paths. */
  list: memory.written,
  /** The bytes of a file. @throws Error if it does not exist */
  read: (path: string): Uint8Array => Uint8Array.from(memory.read(path)),
  /** Writes a file, for example one that the visitor chose: `lid.load` finds it. */
  write: memory.write,
  /** Calls a function with each file written from now on (without bytes: deleted); @returns what ends that. */
  onChange: memory.hearFiles,
}
