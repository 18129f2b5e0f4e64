import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import ts from 'typescript'
import { consumer, type Consumer } from './consumer'

/** A person's program: the whole path, and a mistake that the compiler must catch. */
const program = `
import * as lid from 'lidvae'
export async function main() {
  const engine = await lid.ready({ quiet: true })
  const { train, test } = await lid.data.fashionMnist({ train: 100, test: 50, download: false })
  const model = lid.lidmvae({ likelihood: lid.bernoulli(784), latent: 4, components: 3, hidden: 16, seed: 1 })
  const history = await lid.fit(model, train, { epochs: 1, validation: test, verbose: false })
  const found = await lid.diagnose(model, test, { samples: 3 })
  const chart = lid.plots.collapse({ identifiable: found })
  const codes = await lid.encode(model, test)
  const evaluation = await lid.evaluate(model, test, { samples: 3 })
  const flat = lid.flatness(evaluation)
  const own: lid.DecoderBuilder = (parameters, latent, dim) => lid.layers.mlp(parameters, 'decoder', [latent, 8, dim])
  const rows = history.table.objects()
  const z: lid.tf.Tensor = lid.tf.zeros([1, 4])
  return { engine, train, model, history, found, chart, codes, evaluation, flat, own, rows, z }
}
export async function mistakes(model: lid.Model, train: lid.DataSet) {
  // @ts-expect-error a width is a number
  lid.bernoulli('784')
  const texts = lid.svae({ vocabulary: lid.data.syntheticText({ tokens: 200 }).vocabulary, latent: 2 })
  // @ts-expect-error texts are not images
  await lid.fit(texts, train, { epochs: 1 })
  // @ts-expect-error a model of images writes no texts
  await lid.texts.sample(lid.vae({ likelihood: lid.bernoulli(4), latent: 2 }), { count: 1 })
  // @ts-expect-error a decoder of texts is not exported
  await lid.exportDecoder(texts, 'out')
  // @ts-expect-error there is no such option
  await lid.fit(model, train, { epoch: 1 })
}
export async function either(train: lid.DataSet) {
  const models: Record<string, lid.Model> = { plain: lid.vae({ likelihood: lid.bernoulli(4), latent: 2 }) }
  await lid.fit(models.plain, train, { epochs: 1 })
  await lid.exportDecoder(models.plain, 'out', { data: train })
  return lid.decode(models.plain, (await lid.encode(models.plain, train)).mean)
}
// As in a cell of a notebook: what is not written down must have a type that can be named.
export const prior = lid.parts.anchoredMeans()
export const map = (parameters: lid.Parameters) => lid.layers.brenier(parameters, 'g', 4, { hidden: 8 })
export const located = lid.data.listData()
export const certificate = (model: lid.Model) => lid.certify(model)
`

let project: Consumer
before(async () => (project = await consumer()))
after(() => project.remove())

describe('the package as published', () => {
  it('holds what people need and nothing else, in less than 5 MB', () => {
    const files = project.packed.files.map((file) => file.path)
    for (const wanted of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/apps/cli/index.js',
      'dist/kernel/kernel.js',
      // `lidvae lab` could not start from a package that lacked one of them.
      ...readdirSync('src', { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.py'))
        .map((name) => `src/${name.replaceAll(path.sep, '/')}`),
      'bin/lidvae.js',
      'data/fashion-mnist-sample/train-images-idx3-ubyte.gz',
      'data/fashion-mnist-sample/LICENSE',
      'notebooks/tour.ipynb',
      'notebooks/labs/checkpoints/text-plain/model.json',
      'docs/if-it-does-not-start.md',
      'README.md',
      'LICENSE',
      'package.json',
    ])
      assert.ok(files.includes(wanted), `${wanted} is missing`)
    const known =
      /^(dist|src|bin|data)\/|^docs\/([\w-]+\.md|read_model\.py)$|^notebooks\/([\w-]+\/){0,2}[\w-]+\.ipynb$|^notebooks\/labs\/checkpoints\/[\w-]+\/(model\.json|weights\.safetensors)$|^(README\.md|LICENSE|package\.json|CHANGELOG\.md|CITATION\.cff)$/
    const strange = files.filter(
      (file) => !known.test(file) || /^(dist|src|notebooks)\/.*test|\.venv|\.ipynb_|\.map$|~$/.test(file),
    )
    assert.deepEqual(strange, [])
    assert.ok(project.packed.size < 5e6, `${project.packed.size} bytes`)
  })

  it('type-checks in an empty strict project with TypeScript 5.0.4, CommonJS and node10 resolution', () => {
    assert.equal(ts.version, '5.0.4', 'the compiler that tslab brings')
    const file = path.join(project.folder, 'index.ts')
    writeFileSync(file, program)
    const checked = ts.createProgram([file], {
      module: ts.ModuleKind.CommonJS,
      moduleResolution: ts.ModuleResolutionKind.Node10,
      target: ts.ScriptTarget.ES2021,
      // TensorFlow.js's types speak of canvases.
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
      types: [],
      strict: true,
      skipLibCheck: false,
      declaration: true,
      noEmit: true,
    })
    // Every file of the package is checked; TensorFlow.js's and arquero's declarations have errors of their
    // own, which cannot be mended here.
    const ours = checked
      .getSourceFiles()
      .filter(({ fileName }) =>
        /^(?!.*[\\/]node_modules[\\/])|[\\/]node_modules[\\/]lidvae[\\/]/.test(fileName),
      )
    const problems = ours
      .flatMap((one) => ts.getPreEmitDiagnostics(checked, one))
      .map((one) => `${one.file?.fileName}: ${ts.flattenDiagnosticMessageText(one.messageText, ' ')}`)
    assert.deepEqual(problems, [])
    const seen = ours.map(({ fileName }) => fileName)
    assert.ok(seen.some((name) => name.endsWith('node_modules/lidvae/dist/index.d.ts')))
    assert.ok(
      !seen.some((name) => name.includes('node_modules/lidvae/src')),
      'its declarations, not its sources',
    )
    // The kernel reads all of this at a notebook's first import: a further package would make people wait.
    const others = checked
      .getSourceFiles()
      .map(({ fileName }) => /.*[\\/]node_modules[\\/](@[^\\/]+|[^\\/]+)/.exec(fileName)?.[1])
      .filter(
        (name) => name !== undefined && !['lidvae', 'typescript', '@types', 'undici-types'].includes(name),
      )
    assert.deepEqual([...new Set(others)].sort(), [
      '@tensorflow',
      '@webgpu',
      'apache-arrow',
      'arquero',
      'flatbuffers',
      'ml-matrix',
    ])
  })

  it('runs in plain Node, from require and from import, with the sample it brings', async () => {
    const cache = path.join(project.folder, 'cache')
    mkdirSync(cache)
    const env = { ...process.env, LIDVAE_ENGINE: 'wasm', LIDVAE_CACHE: cache, LIDVAE_DATA: '' }
    const run = async (name: string, text: string) => {
      writeFileSync(path.join(project.folder, name), text)
      return (await promisify(execFile)(process.execPath, [name], { cwd: project.folder, env })).stdout
    }
    const report = `void main().then(({ engine, train, found }) =>
      console.log(JSON.stringify([engine.engine, train.source, found.verdict.length])))`
    const { outputText } = ts.transpileModule(`${program}\n${report}`, {
      compilerOptions: { module: ts.ModuleKind.CommonJS },
    })
    const lines = (await run('main.js', outputText)).trim().split('\n')
    const [engine, source, sentences] = JSON.parse(lines.at(-1)!) as [string, string, number]
    assert.equal(engine, 'wasm')
    assert.match(source, /sample/)
    assert.equal(sentences, 2)
    const listed = await run(
      'list.mjs',
      `import * as lid from 'lidvae'\nconsole.log(Object.keys(lid).includes('fit'), typeof lid.data.fashionMnist)`,
    )
    assert.equal(listed.trim(), 'true function')
  })
})
