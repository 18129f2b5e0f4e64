import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { DataSet } from '../../src/data/dataset'
import { bernoulli } from '../../src/distributions/bernoulli'
import { gaussian } from '../../src/distributions/gaussian'
import type { Likelihood } from '../../src/distributions/likelihood'
import { negativeBinomial } from '../../src/distributions/negativeBinomial'
import { poisson } from '../../src/distributions/poisson'
import { save } from '../../src/display/save'
import { batchNorm } from '../../src/fixes/batchNorm'
import { delta } from '../../src/fixes/delta'
import { vampPrior } from '../../src/fixes/vampPrior'
import { realNvp } from '../../src/layers/realNvp'
import { gmvae, lidmvae, lidvae, vae } from '../../src/models/builders'
import { injectiveDecoder, plainDecoder } from '../../src/models/decoder'
import type { Model } from '../../src/models/model'
import { anchoredMeans, freeMeans } from '../../src/models/prior'
import { decode, encode } from '../../src/models/use'
import { inFolder } from '../data/temporary'
import { root } from '../package/publicApi'
import { onEachEngine } from '../support/engines'
import { Random } from '../support/random'
import { disturb, numbers, numbersOfAll } from '../support/tables'
import { textVariants, tinyTexts } from '../support/texts'

const script = path.join(root, 'docs', 'read_model.py')
const page = readFileSync(path.join(root, 'docs', 'file-format.md'), 'utf8')

/** A Python that has NumPy: of the variable LIDVAE_TEST_PYTHON, of Jupyter, on the PATH, of the benchmarks. */
function pythonWithNumpy(): string | undefined {
  const bench = path.join(homedir(), '.cache', 'lidvae', 'bench')
  const inBench = existsSync(bench)
    ? readdirSync(bench).map((name) => path.join(bench, name, 'bin', 'python'))
    : []
  const named = process.env.LIDVAE_TEST_PYTHON
  const here = path.join(root, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const places = named === undefined ? [here, 'python3', 'python', '/usr/bin/python3', ...inBench] : [named]
  return places.find((place) => spawnSync(place, ['-c', 'import numpy']).status === 0)
}
const python = pythonWithNumpy()
const skip =
  python === undefined &&
  'NOT CHECKED: no Python with NumPy was found; python3 -m pip install numpy, or name one in LIDVAE_TEST_PYTHON'
if (skip) console.warn(`docs/file-format.md ${skip}`)

const DIM = 6
const SIZE = 5
const common = { latent: 2, hidden: 7, seed: 3 }
const injective = { hiddenLatent: 4, mu: [0.5, 2] as const, anchor: 0.7 }
const counts = { depth: 20, dispersion: 0.5 }
const makers: Record<string, () => Model> = {
  'vae of binary rows': () => vae({ ...common, likelihood: bernoulli(DIM) }),
  'vae of counts as they are': () => vae({ ...common, likelihood: poisson(DIM, { encode: 'counts' }) }),
  'vae with an injective decoder': () =>
    vae({ ...common, likelihood: poisson(DIM), decoder: injectiveDecoder(5, { layers: 2 }) }),
  lidvae: () => lidvae({ ...common, likelihood: bernoulli(DIM) }),
  'lidvae, other settings': () => lidvae({ ...common, likelihood: gaussian(DIM), injective }),
  'lidvae of the paper’s activation': () =>
    lidvae({
      ...common,
      likelihood: gaussian(DIM, { sigma: 0.3 }),
      injective: { activation: 'paper', layers: 2, mu: 0.5 },
    }),
  'lidvae without further layers': () =>
    lidvae({ ...common, likelihood: gaussian(DIM, { sigma: 'learned' }), injective: { layers: 0 } }),
  'lidvae of counts': () => lidvae({ ...common, likelihood: poisson(DIM) }),
  'lidvae of counts of a depth': () => lidvae({ ...common, likelihood: negativeBinomial(DIM, counts) }),
  'lidvae of counts, anchor given': () =>
    lidvae({ ...common, likelihood: negativeBinomial(DIM), injective: { anchor: 0.4 } }),
  gmvae: () => gmvae({ ...common, likelihood: bernoulli(DIM), components: 3 }),
  'gmvae, z given w': () =>
    gmvae({
      ...common,
      likelihood: gaussian(DIM, { sigma: 'learned', floor: 0.02 }),
      components: 3,
      posterior: 'q(w|x) q(z|x,w)',
      prior: freeMeans({ start: 1, floor: 0.1 }),
    }),
  'gmvae, anchored, one γ': () =>
    gmvae({
      ...common,
      likelihood: bernoulli(DIM),
      components: 2,
      prior: anchoredMeans({ gamma: 'shared', separation: 3 }),
    }),
  'lidmvae, few components': () => lidmvae({ ...common, likelihood: bernoulli(DIM), components: 2 }),
  'lidmvae, many components': () =>
    lidmvae({
      ...common,
      latent: 3,
      likelihood: bernoulli(DIM),
      components: 8,
      posterior: 'q(w|x) q(z|x,w)',
    }),
  'lidmvae, twist layers and full covariance': () =>
    lidmvae({
      ...common,
      likelihood: gaussian(DIM),
      components: 3,
      prior: freeMeans({ start: 1, covariance: 'full' }),
      injective: { ...injective, map: 'twist', twists: [2, 1] },
    }),
  'lidmvae, a twist layer on z and one full covariance': () =>
    lidmvae({
      ...common,
      latent: 3,
      likelihood: gaussian(DIM),
      components: 3,
      prior: anchoredMeans({ gamma: 'shared', covariance: 'full' }),
      injective: { map: 'twist', twists: [1, 0], saturating: 0 },
    }),
  'lidmvae of points in the plane': () => lidmvae({ ...common, likelihood: gaussian(2), components: 3 }),
  'vae with a chain of parts': () =>
    vae({
      ...common,
      likelihood: gaussian(DIM),
      decoder: injectiveDecoder(5, {
        chain: [
          { kind: 'rotation' },
          { kind: 'twist layer', hidden: 1 },
          { kind: 'full-rank map', anchor: 0.6 },
          { kind: 'increasing map', mu: 0.4 },
          { kind: 'Brenier map', activation: 'paper', mu: 0.5 },
          { kind: 'coupling flow', couplings: 3, hidden: 4 },
        ],
      }),
    }),
  'vae with batch-normalised means': () =>
    vae({ ...common, likelihood: bernoulli(DIM), constraint: batchNorm({ gamma: 0.4 }) }),
  'vae with a least KL': () =>
    vae({ ...common, likelihood: bernoulli(DIM), constraint: delta({ delta: 0.7 }) }),
  'vae with a flow': () =>
    vae({
      ...common,
      latent: 3,
      likelihood: bernoulli(DIM),
      flow: realNvp({ couplings: 3, hidden: 4 }),
    }),
  'vae with a VampPrior': () =>
    vae({ ...common, likelihood: bernoulli(DIM), prior: vampPrior({ components: 4 }) }),
  'lidvae of counts with a VampPrior': () =>
    lidvae({ ...common, likelihood: poisson(DIM), prior: vampPrior({ components: 4 }) }),
  'gmvae with a VampPrior': () =>
    gmvae({ ...common, likelihood: gaussian(DIM), components: 3, prior: vampPrior() }),
  'lidmvae, plain decoder': () =>
    lidmvae({ ...common, likelihood: bernoulli(DIM), components: 3, decoder: plainDecoder(4) }),
}

const momentsOf = ({ mean, sd }: { mean: tf.Tensor; sd: tf.Tensor }): tf.Tensor[] => [mean, sd]

/** The posteriors at the pseudo-inputs of a model without w, made as rows or texts of its encoder. */
function vampComponents({ parameters, components, posterior, likelihood }: Model) {
  const free = parameters.variables.get('prior/pseudo-inputs')
  if (!free || components > 1) return undefined
  return () =>
    momentsOf(posterior.encode(likelihood.name === 'bernoulli' ? tf.sigmoid(free) : tf.expm1(free)))
}

const isCounts = ({ likelihood }: Model): boolean => likelihood.accepts[0] === 'count'

const rowsFor = ({ name, accepts, dim }: Likelihood, random: Random): DataSet => {
  const isCount = accepts[0] === 'count'
  const draw = (): number => {
    if (name === 'bernoulli') return random.uniform() < 0.5 ? 1 : 0
    return isCount ? Math.floor(20 * random.uniform()) : random.normal()
  }
  const x = Float32Array.from({ length: SIZE * dim }, draw)
  const values = name === 'bernoulli' ? 'binary' : isCount ? 'count' : 'real'
  return new DataSet({ name: 'rows', x, shape: [dim], values, source: 'made by a test' })
}

/** Runs these lines after the script's definitions, with `given`; what they leave in `out`, as JSON. */
function inPython<T>(lines: string, given: object, folder: string): T {
  const input = path.join(folder, 'given.json')
  writeFileSync(input, JSON.stringify(given))
  const around = `
import json, runpy, sys
import numpy as np
m = runpy.run_path(sys.argv[1])
given = json.load(open(sys.argv[2]))
out = []
${lines}
print(json.dumps(out, default=lambda a: np.asarray(a).ravel().tolist()))`
  const { status, stdout, stderr } = spawnSync(python!, ['-W', 'error', '-c', around, script, input], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout) as T
}

/** Equal to the accuracy of float32, relative to the largest of the numbers. */
function close(found: number[], expected: ArrayLike<number>, what: string): void {
  assert.equal(found.length, expected.length, what)
  const scale = Math.max(1e-3, ...Array.from(expected, Math.abs))
  const far = Math.max(...Array.from(expected, (value, i) => Math.abs(value - found[i])))
  assert.ok(far <= 5e-6 * scale, `${what}: ${far} of ${scale}`)
}

onEachEngine('a saved model read by NumPy', () => {
  it('decodes, encodes and has its prior as here', { skip }, () =>
    inFolder(async (folder) => {
      const cases = []
      for (const [i, [title, make]] of Object.entries(makers).entries()) {
        const model = make()
        const random = new Random(10 + i)
        disturb(model.parameters, random, 0.3)
        const data = rowsFor(model.likelihood, random)
        const z = Array.from(random.normals(SIZE * model.latent, 1))
        const place = path.join(folder, String(i))
        save(model, place)
        const codes = await encode(model, data)
        // Of one normal there is nothing to read; of a VampPrior without w its components.
        const components = vampComponents(model)
        const [means, sds] = numbersOfAll(components ?? (() => momentsOf(model.prior.moments())))
        const { flow } = model.posterior
        const rows = tf.tensor2d(data.x, [SIZE, model.dim])
        const [base, moved] = numbersOfAll(() => {
          if (!flow) return [tf.tensor1d([]), tf.tensor1d([])]
          return [model.posterior.encode(rows).mean, flow.forward(tf.tensor2d(z, [SIZE, model.latent])).z]
        })
        rows.dispose()
        const factor = model.prior.factor ? numbers(() => model.prior.factor!()) : []
        cases.push({
          title,
          given: {
            folder: place,
            z,
            x: Array.from(data.x),
            latent: model.latent,
            dim: model.dim,
            counts: isCounts(model),
          },
          // η of counts: their means are as large as e to the power of it.
          decoded: (await decode(model, z)).map((mean) => (isCounts(model) ? Math.log(mean) : mean)),
          // After a flow `encode` has the moments of draws: compared is the mean before it.
          codes: flow ? { ...codes, mean: base, sd: undefined } : codes,
          prior: model.components > 1 || components ? [...means, ...sds] : [],
          factor,
          moved,
        })
        model.dispose()
      }
      const lines = `
for one in given:
    model = m['read_model'](one['folder'])
    mean, sd, w = m['encode'](model, np.reshape(one['x'], (-1, one['dim'])))
    over = lambda a: (a * w[:, :, None]).sum(1) if a.shape[1] > 1 else a[:, 0]
    prior = m['prior'](model)
    decoded = m['decode'](model, np.reshape(one['z'], (-1, one['latent'])))
    out.append({
        'decoded': np.log(decoded) if one['counts'] else decoded,
        'mean': over(mean), 'sd': over(sd), 'w': w,
        'prior': [] if prior is None else np.concatenate(prior),
        'moved': m['flow'](model['tensors'], 'flow', np.reshape(one['z'], (-1, one['latent']))) if 'flow/0/W' in model['tensors'] else [],
        'factor': np.broadcast_to(m['factor'](model), (3, len(mean.T), len(mean.T))) if 'prior/lower' in model['tensors'] else [],
    })`
      type Found = Record<'decoded' | 'mean' | 'sd' | 'w' | 'prior' | 'factor' | 'moved', number[]>
      const given = cases.map((one) => one.given)
      for (const [i, found] of inPython<Found[]>(lines, given, folder).entries()) {
        const { title, decoded, codes, prior, factor, moved } = cases[i]
        close(found.decoded, decoded, `${title}: decode`)
        for (const name of ['mean', 'sd', 'w'] as const) {
          const expected = codes[name]
          if (expected) close(found[name], expected, `${title}: ${name}`)
        }
        close(found.moved, moved, `${title}: flow`)
        close(found.prior, prior, `${title}: prior`)
        close(found.factor, factor, `${title}: factor`)
      }
    }),
  )

  it('knows how far the data spread about the mean', { skip }, () =>
    inFolder((folder) => {
      const likelihoods = [
        gaussian(DIM),
        gaussian(DIM, { sigma: 0.3 }),
        gaussian(DIM, { sigma: 'learned', floor: 0.02 }),
        negativeBinomial(DIM, { dispersion: 0.5 }),
        negativeBinomial(DIM),
        bernoulli(DIM),
      ]
      const given = likelihoods.map((likelihood, i) => {
        const model = vae({ ...common, likelihood })
        const place = save(model, path.join(folder, String(i)))
        model.dispose()
        return place
      })
      const lines = "for one in given: out.append(m['spread_of'](m['read_model'](one)))"
      const found = inPython<(number | null | [number])[]>(lines, given, folder)
      // A learned σ or α starts at 1.
      const expected = [1, 0.3, 1, 0.5, 1]
      assert.equal(found.pop(), null)
      close(found.flat() as number[], expected, 'spread')
      return Promise.resolve()
    }),
  )

  it('gives the logits and codes of texts as here', { skip }, () =>
    inFolder((folder) => {
      const [plain] = textVariants(8)
      const variants = [
        ...textVariants(8),
        { title: 'svae, batch-normalised means', build: () => plain.build({ constraint: batchNorm() }) },
        { title: 'svae, a least KL', build: () => plain.build({ constraint: delta() }) },
        {
          title: 'svae, VampPrior',
          build: () => plain.build({ prior: vampPrior({ components: 3, length: 4 }) }),
        },
      ]
      const documents = tinyTexts(4, 8).documents.map((words) => [0, ...words, 1])
      const cases = variants.map(({ title, build }, i) => {
        const model = build()
        const random = new Random(30 + i)
        disturb(model.parameters, random, 0.3)
        const place = save(model, path.join(folder, String(i)))
        const z = Array.from(random.normals(model.latent, 1))
        const expected = documents.map((ids) =>
          numbersOfAll(() => {
            const x = tf.tensor2d([ids], [1, ids.length], 'int32')
            const { mean, sd } = model.posterior.encode(x)
            return [mean, sd, model.texts.logits(x, tf.tensor2d([z]))]
          }),
        )
        const { prior } = model
        const moments = prior.kind === 'pseudo-inputs' ? numbersOfAll(() => momentsOf(prior.moments())) : []
        model.dispose()
        return { title, given: { folder: place, z, documents }, expected, moments }
      })
      const lines = `
for one in given:
    model = m['read_model'](one['folder'])
    has_encoder = model['kind'] != 'languageModel'
    codes = lambda ids: m['encode_text'](model, ids) if has_encoder else ([0], [1])
    texts = [[*codes(ids), m['logits_of_text'](model, ids, np.array(one['z']))] for ids in one['documents']]
    prior = m['prior'](model)
    # Those of the mixture with equal weights.
    moments = [] if prior is None else [prior[0].mean(0), np.sqrt((prior[1] ** 2 + (prior[0] - prior[0].mean(0)) ** 2).mean(0))]
    out.append({'texts': texts, 'moments': moments})`
      type Found = { texts: number[][][]; moments: number[][] }
      const given = cases.map((one) => one.given)
      for (const [i, found] of inPython<Found[]>(lines, given, folder).entries()) {
        const { title, expected, moments } = cases[i]
        for (const [text, numbers] of found.texts.entries())
          for (const [k, name] of ['mean', 'sd', 'logits'].entries())
            close(numbers[k], expected[text][k], `${title}, text ${text}: ${name}`)
        assert.equal(found.moments.length, moments.length, title)
        for (const [k, numbers] of found.moments.entries()) close(numbers, moments[k], `${title}: prior`)
      }
      return Promise.resolve()
    }),
  )
})

describe('the page on the file format', () => {
  const blocks = [...page.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code)
  const source = readFileSync(script, 'utf8')

  it('shows the script as it is', () => {
    assert.ok(blocks.length >= 6, `${blocks.length} blocks`)
    for (const code of blocks) assert.ok(source.includes(code), `not in read_model.py:\n${code}`)
    // What a reader needs is shown, not only linked.
    for (const name of ['read_model', 'brenier', 'full_rank', 'injective', 'encode', 'prior', 'lstm'])
      assert.ok(
        blocks.some((code) => code.includes(`def ${name}(`)),
        name,
      )
  })

  it('names every tensor of every model', () => {
    const named = new Set([...page.matchAll(/`([\w/-]+)`/g)].map(([, name]) => name.replace(/\d+/g, '0')))
    const unnamed = new Set<string>()
    return inFolder(async () => {
      const { startEngine } = await import('../../src/compute/engine')
      await startEngine({ quiet: true })
      for (const make of [...Object.values(makers), ...textVariants(8).map(({ build }) => build)]) {
        const { parameters } = make()
        for (const name of [...parameters.variables.keys(), ...parameters.constants.keys()])
          if (!named.has(name.replace(/\d+/g, '0'))) unnamed.add(name.replace(/\d+/g, '0'))
        parameters.dispose()
      }
      assert.deepEqual([...unnamed], [])
    })
  })
})
