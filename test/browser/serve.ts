import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** A server of files for a test. */
export interface Served {
  /** Its address, with a slash at the end. */
  readonly url: string
  /** Bytes of all answers so far. */
  bytes(): number
  end(): Promise<void>
}

/**
 * Serves folders as a plain host of files does.
 *
 * @param folders by the beginning of their paths: `{ '/lidvae/': root, '/': site }`; the first that fits
 * @param texts pages by their path
 */
export async function serve(
  folders: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string>> = {},
): Promise<Served> {
  let bytes = 0
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const wanted = decodeURIComponent(pathname)
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.on('close', () => (bytes += Number(response.getHeader('Content-Length') ?? 0)))
    const send = (type: string, length: number): void => {
      response.setHeader('Content-Type', type)
      response.setHeader('Content-Length', length)
    }
    if (wanted in texts) {
      send('text/html; charset=utf-8', Buffer.byteLength(texts[wanted]))
      response.end(texts[wanted])
      return
    }
    const [begin, folder] = Object.entries(folders).find(([one]) => wanted.startsWith(one)) ?? ['', '']
    let file = path.join(folder, wanted.slice(begin.length))
    if (existsSync(file) && statSync(file).isDirectory()) file = path.join(file, 'index.html')
    if (begin === '' || !path.resolve(file).startsWith(path.resolve(folder)) || !existsSync(file)) {
      response.statusCode = 404
      response.end()
      return
    }
    send(TYPES[path.extname(file)] ?? 'application/octet-stream', statSync(file).size)
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    bytes: () => bytes,
    end: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
