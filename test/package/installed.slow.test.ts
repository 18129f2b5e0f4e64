import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import ts from 'typescript'
import { runNotebook } from '../../src/runner/run'
import { findNative } from '../../src/compute/native/native'
import { skip as noKernel } from '../kernel/askKernel'
import { installed, nodeOf } from './installed'

const TRAINING = `  const { train } = lid.data.pinwheel({ train: 200, test: 10, seed: 1 })
  const model = lid.lidvae({ likelihood: lid.gaussian(2), latent: 2, hidden: 8, seed: 1 })
  const history = await lid.fit(model, train, { epochs: 3, batchSize: 20, seed: 1, verbose: false })`

/** A person's script: trains a little on the engine named, and prints it and the losses. */
const SCRIPT = `
import * as lid from 'lidvae'
declare const process: { argv: string[] }
async function main(): Promise<void> {
  const { engine } = await lid.ready({ engine: process.argv[2] as lid.EngineName, quiet: true })
${TRAINING}
  console.log(JSON.stringify([engine, ...history.rows.map(({ loss }) => loss)]))
}
void main()
// @ts-expect-error a width is a number
export const mistake = () => lid.bernoulli('784')
`

/** The script as an ES module and as a CommonJS one, compiled in a project. @returns what the compiler finds wrong */
function compile(folder: string): string[] {
  const files = ['train.mts', 'train.cts'].map((name) => path.join(folder, name))
  for (const file of files) writeFileSync(file, SCRIPT)
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    target: ts.ScriptTarget.ES2021,
    // TensorFlow.js's types speak of canvases.
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
  })
  program.emit()
  const own = path.join(folder, 'node_modules', 'lidvae') + path.sep
  return program
    .getSourceFiles()
    .filter(({ fileName }) => files.includes(fileName) || path.resolve(fileName).startsWith(own))
    .flatMap((one) => ts.getPreEmitDiagnostics(program, one))
    .map((one) => `${one.file?.fileName}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`)
}

const skip = process.env.LIDVAE_TEST_FULL ? false : 'it takes minutes: npm run test:full'
const cleaning: (() => void)[] = []
const project = skip
  ? undefined
  : installed((remove) => cleaning.push(remove)).then((one) =>
      'why' in one ? one : { ...one, problems: compile(one.folder) },
    )

/** The project; where it cannot be had, the test is left out and says why. */
async function projectOf(t: TestContext) {
  const found = await project!
  if (!('why' in found)) return found
  t.skip(found.why)
  return undefined
}

/** What the script prints, compiled as one or the other kind of module. */
async function trained(folder: string, node: string, file: string, engine: string): Promise<unknown[]> {
  const { stdout } = await promisify(execFile)(node, [file, engine], { cwd: folder })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as unknown[]
}

describe('the package, packed and installed into an empty project', { skip }, () => {
  after(() => cleaning.forEach((clean) => clean()))

  it('is smaller than 5 MB and brings its own copy', async (t) => {
    const found = await projectOf(t)
    if (!found) return
    assert.ok(found.packed.size < 5e6, `${found.packed.size} bytes`)
    assert.ok(existsSync(path.join(found.folder, 'node_modules', 'lidvae', 'dist', 'index.js')))
  })

  it('type-checks from an .mts and a .cts file with TypeScript 5.0.4', async (t) => {
    assert.equal(ts.version, '5.0.4')
    const found = await projectOf(t)
    if (found) assert.deepEqual(found.problems, [])
  })

  for (const engine of ['wasm', 'native'])
    for (const major of [20, 22, 24])
      it(`trains on Node ${major}, ${engine}: the same losses on each`, async (t) => {
        const found = await projectOf(t)
        if (!found) return
        const native = findNative()
        if (engine === 'native' && !native.found) return t.skip(`the native engine is missing: ${native.why}`)
        const node = await nodeOf(major)
        if (typeof node !== 'string') return t.skip(node.why)
        const { stdout } = await promisify(execFile)(node, ['--version'])
        assert.ok(stdout.startsWith(`v${major}.`), stdout)
        const truth = await trained(found.folder, process.execPath, 'train.cjs', engine)
        assert.equal(truth[0], engine)
        assert.ok(truth.length === 4 && (truth[3] as number) < (truth[1] as number), String(truth))
        for (const file of ['train.mjs', 'train.cjs'])
          assert.deepEqual(await trained(found.folder, node, file, engine), truth, file)
      })

  it('starts its JupyterLab', { skip: noKernel }, async (t) => {
    const found = await projectOf(t)
    if (!found) return
    const command = path.join('node_modules', 'lidvae', 'bin', 'lidvae.js')
    const { stdout } = await promisify(execFile)(process.execPath, [command, 'lab', '--version'], {
      cwd: found.folder,
    })
    assert.match(stdout, /^4\.\d+\.\d+$/m)
  })

  it('is imported in a cell of a notebook beside it', { skip: noKernel }, async (t) => {
    const found = await projectOf(t)
    if (!found) return
    const [file, out] = ['cell.ipynb', 'out.ipynb'].map((name) => path.join(found.folder, name))
    const source = `import * as lid from 'lidvae'\n{\n  await lid.ready({ engine: 'wasm', quiet: true })\n${TRAINING}
  console.log(require.resolve('lidvae'), history.rows.length)\n}`
    const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source }
    const kernelspec = { display_name: 'TypeScript', language: 'typescript', name: 'tslab' }
    writeFileSync(
      file,
      JSON.stringify({ cells: [cell], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 4 }),
    )
    const events: unknown[] = []
    assert.ok(
      await runNotebook(file, { out, size: 'quick', onEvent: (event) => events.push(event) }),
      JSON.stringify(events.at(-2)),
    )
    const own = path.join(found.folder, 'node_modules', 'lidvae', 'dist', 'index.js')
    assert.ok(readFileSync(out, 'utf8').includes(`${own} 3`))
  })
})
