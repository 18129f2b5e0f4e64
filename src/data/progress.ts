import { progressBar, standardError, type ProgressBar } from '../platform/terminal'
import type { FetchProgress } from './fetch'
import type { Note } from '../base/note'

/** Shows how far downloads are, until stopped. */
export interface DownloadProgress {
  onProgress: (progress: FetchProgress) => void
  stop: () => void
}

const EVERY = 10_000
const WORTH_A_LINE = 1_000_000

/**
 * A progress display for downloads: a bar in a terminal; elsewhere (a notebook, a log) one line when a large
 * file begins and one every ten seconds.
 *
 * @param note receives the lines
 * @param terminal whether standard error is a terminal (by default, asked)
 * @param now a clock, milliseconds
 * @returns `onProgress` for a download, and `stop` to call at its end, however it ends
 * @example
 * const shown = downloadProgress(console.log)
 * await lid.data.fetchData('fashion-mnist', shown.onProgress).finally(shown.stop)
 */
export function downloadProgress(
  note: Note,
  terminal = standardError().isTTY,
  now: () => number = Date.now,
): DownloadProgress {
  return terminal ? bar() : lines(note, now)
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)

function bar(): DownloadProgress {
  const format = '{file} {bar} {received} of {whole} MB'
  let shown: ProgressBar | undefined
  let current = ''
  const stop = () => shown?.stop()
  return {
    stop,
    onProgress: ({ file, received, total }) => {
      const values = { file, received: megabytes(received), whole: megabytes(total) }
      if (file !== current) {
        stop()
        current = file
        shown = progressBar({ format, stream: standardError() })
        shown.start(total, received, values)
      } else shown?.update(received, values)
    },
  }
}

function lines(note: Note, now: () => number): DownloadProgress {
  let current = ''
  let last = 0
  return {
    stop: () => undefined,
    onProgress: ({ file, received, total, resumed = 0 }) => {
      if (file !== current) {
        current = file
        last = now()
        const from = resumed > 0 ? `, from ${megabytes(resumed)} MB on, which exist already` : ''
        if (total >= WORTH_A_LINE) note(`downloading ${file} (${megabytes(total)} MB${from})`)
      } else if (now() - last >= EVERY && received < total) {
        last = now()
        note(`${file}: ${Math.floor((100 * received) / total)} % of ${megabytes(total)} MB`)
      }
    },
  }
}
