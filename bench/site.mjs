// npm run bench:site -- FOLDER [--json FILE]: figures of a site that `npx lidvae site FOLDER` made. Sizes, bytes and
// seconds until the first cell can run and until the playground moves, and milliseconds per step beside those of Node's
// WebAssembly, in turns. Needs Chromium. Seconds are the best of LIDVAE_BENCH_ROUNDS, by default 3.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'

const [folder] = process.argv.slice(2)
const json = process.argv.includes('--json') ? process.argv[process.argv.indexOf('--json') + 1] : undefined
const ROUNDS = Number(process.env.LIDVAE_BENCH_ROUNDS ?? 3)
const STEPS = 40
const KINDS = ['vae', 'lidvae', 'gmvae', 'lidmvae']
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** Bytes, compressed, of what was asked for since `asked` was emptied. */
const asked = new Set()
const compressed = () => [...asked].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)

const server = createServer((request, response) => {
  let file = path.join(folder, decodeURIComponent(new URL(request.url, 'http://localhost').pathname))
  if (existsSync(file) && statSync(file).isDirectory()) file = path.join(file, 'index.html')
  if (!existsSync(file)) return response.writeHead(404).end()
  asked.add(file)
  response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' })
  response.end(readFileSync(file))
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = `http://127.0.0.1:${server.address().port}/`
const executablePath =
  process.env.LIDVAE_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync)
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const seconds = (began) => Number(((performance.now() - began) / 1000).toFixed(1))
const least = (values) => Math.min(...values)
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** Opens lab 1 with nothing kept from before; @returns seconds, and bytes before and after its first cell. */
async function openLab() {
  asked.clear()
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(300_000)
  const began = performance.now()
  await page.goto(`${address}notebooks/index.html?path=labs/1-ppca.ipynb`)
  await page.waitForFunction(
    `globalThis.lidvaeLite?.app.shell.currentWidget?.sessionContext.session?.kernel.status === 'idle'`,
  )
  const [ready, bytes] = [seconds(began), compressed()]
  const cell = performance.now()
  await page.evaluate(`lidvaeLite.app.shell.currentWidget.content.activeCellIndex =
    lidvaeLite.app.shell.currentWidget.content.model.toJSON().cells.findIndex((one) => one.cell_type === 'code')`)
  await page.evaluate(`lidvaeLite.app.commands.execute('notebook:run-cell').then(() => undefined)`)
  const first = seconds(cell)
  await page.waitForFunction('lidvaeLite.compiler.isReady')
  const after = compressed()
  await page.context().close()
  return { ready, first, bytes, after }
}

/** Seconds until both models of the playground have moved. */
async function openPlayground() {
  const page = await (await browser.newContext()).newPage()
  page.setDefaultTimeout(300_000)
  const began = performance.now()
  await page.goto(address)
  await page.waitForFunction(
    `[...document.querySelectorAll('.numbers')].every((one) => /step [1-9]/.test(one.textContent))`,
  )
  const moved = seconds(began)
  await page.context().close()
  return moved
}

/** Milliseconds per step; the same text runs in Node and in a page. */
const TIME = `
  const x = Float32Array.from({ length: 400 * 784 }, (_, i) => Number((i * 7919 + (i % 784) ** 2) % 11 < 3))
  const train = new lid.DataSet({ name: 'images', x, shape: [28, 28], values: 'binary', source: 'made here' })
  const size = { likelihood: lid.bernoulli(784), latent: 16, hidden: 128, seed: 1 }
  const model = kind.startsWith('lid') || kind === 'vae' ? lid[kind](kind.includes('mvae') ? { ...size, components: 10 } : size) : lid[kind]({ ...size, components: 10 })
  await lid.fit(model, train, { epochs: 1, batchSize: 100, seed: 1, verbose: false })
  const began = performance.now()
  await lid.fit(model, train, { epochs: ${STEPS / 4}, batchSize: 100, seed: 1, verbose: false })
  const took = (performance.now() - began) / ${STEPS}
  model.dispose()
  return took
`

async function steps() {
  const lid = createRequire(import.meta.url)('../dist/index.js')
  await lid.ready({ engine: 'wasm', quiet: true })
  const inNode = new Function('lid', 'kind', `return (async () => {${TIME}})()`)
  const page = await browser.newPage()
  page.setDefaultTimeout(300_000)
  await page.goto(`${address}lidvae/dist/browser/package.json`)
  await page.evaluate(`import('${address}lidvae/dist/browser/lidvae.js').then(async (lid) => {
    await lid.start()
    globalThis.time = (kind) => (async () => {${TIME}})()
    globalThis.lid = lid
  })`)
  const found = Object.fromEntries(KINDS.map((kind) => [kind, { node: [], chromium: [] }]))
  for (let round = 0; round < ROUNDS; round++)
    for (const kind of KINDS) {
      found[kind].node.push(await inNode(lid, kind))
      found[kind].chromium.push(await page.evaluate(`time('${kind}')`))
    }
  return Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      Object.fromEntries(
        Object.entries(found[kind]).map(([where, all]) => [
          where,
          { median: Number(median(all).toFixed(1)), least: Number(least(all).toFixed(1)) },
        ]),
      ),
    ]),
  )
}

const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => statSync(path.join(entry.parentPath ?? entry.path, entry.name)).size)
const labs = []
const playgrounds = []
for (let round = 0; round < ROUNDS; round++) {
  labs.push(await openLab())
  playgrounds.push(await openPlayground())
}
const result = {
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  machine: `${os.cpus().length} × ${os.cpus()[0].model}, load ${os.loadavg()[0].toFixed(0)}`,
  chromium: browser.version(),
  node: process.version,
  site: { files: sizes.length, megabytes: Number((sizes.reduce((a, b) => a + b, 0) / 1e6).toFixed(1)) },
  gzipUntilFirstCell: labs[0].bytes,
  gzipAfterIt: labs[0].after,
  secondsUntilLabReady: least(labs.map(({ ready }) => ready)),
  secondsOfFirstCell: least(labs.map(({ first }) => first)),
  secondsUntilPlaygroundMoves: least(playgrounds),
  millisecondsPerStep: await steps(),
}
await browser.close()
server.close()
const text = `${JSON.stringify(result, null, 2)}\n`
if (json) writeFileSync(json, text)
console.log(text)
