// Files in two places: the memory of the worker, where the library writes, and the file browser of the page.
import type { Contents, ContentsModel } from './jupyter'

/** Milliseconds without a change after which a file is copied: checkpoints are written often. */
const QUIET = 400
/** Bytes that are given to a cell at most. */
const MOST = 2 ** 26

const isText = (name: string): boolean => /\.(json|csv|txt|svg|md|html)$/.test(name)

/** Bytes as base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(text)
}

const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

/** Copies what the library writes into the folder of the notebook. */
export class Copies {
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>()
  private queue: Promise<unknown> = Promise.resolve()
  /** What was last copied or given, so that it is not given back. */
  private readonly known = new Set<string>()

  constructor(
    private readonly contents: Contents,
    private readonly folder: string,
  ) {}

  private place = (path: string): string => (this.folder ? `${this.folder}/${path}` : path)

  /** A file was written, or deleted. */
  wrote(path: string, bytes: Uint8Array | undefined): void {
    this.known.add(path)
    clearTimeout(this.timers.get(path))
    const copy = (): void => {
      this.timers.delete(path)
      this.queue = this.queue
        .then(() => (bytes ? this.copy(path, bytes) : this.contents.delete(this.place(path))))
        .catch((error: unknown) =>
          console.warn(`lidvae: ${path} is not in the file browser (${String(error)})`),
        )
    }
    this.timers.set(path, setTimeout(copy, QUIET))
  }

  private async copy(path: string, bytes: Uint8Array): Promise<void> {
    const parts = this.place(path).split('/')
    for (let i = 1; i < parts.length; i++) await this.makeFolder(parts.slice(0, i).join('/'))
    const name = parts[parts.length - 1]
    const text = isText(name)
    await this.contents.save(this.place(path), {
      type: 'file',
      name,
      path: this.place(path),
      format: text ? 'text' : 'base64',
      mimetype: text ? 'text/plain' : 'application/octet-stream',
      content: text ? new TextDecoder().decode(bytes) : toBase64(bytes),
    })
  }

  private async makeFolder(path: string): Promise<void> {
    const found = await this.contents.get(path, { content: false }).catch(() => undefined)
    if (found) return
    const above = path.slice(0, Math.max(path.lastIndexOf('/'), 0))
    const made = await this.contents.newUntitled({ type: 'directory', path: above })
    await this.contents.rename(made.path, path)
  }

  /** Gives a cell those files beside the notebook that its text names: data that a person uploaded, saved models. */
  async give(code: string, take: (path: string, bytes: Uint8Array) => void): Promise<void> {
    if (!/['"`]/.test(code)) return
    const here = await this.contents.get(this.folder, { content: true }).catch(() => undefined)
    let left = MOST
    const walk = async (model: ContentsModel): Promise<void> => {
      const path = this.folder ? model.path.slice(this.folder.length + 1) : model.path
      if (model.type === 'directory') {
        const inside = await this.contents.get(model.path, { content: true })
        for (const one of inside.content as ContentsModel[]) await walk(one)
        return
      }
      if (model.type !== 'file' || this.known.has(path) || left <= 0) return
      const { content, format } = await this.contents.get(model.path, { content: true })
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      const bytes = format === 'base64' ? fromBase64(text) : new TextEncoder().encode(text)
      left -= bytes.length
      this.known.add(path)
      take(path, bytes)
    }
    for (const model of (here?.content as ContentsModel[] | undefined) ?? [])
      if (model.type !== 'notebook' && code.includes(model.name)) await walk(model)
  }
}
