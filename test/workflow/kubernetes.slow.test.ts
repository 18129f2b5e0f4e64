import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { inTemporary } from '../setup/prepareSupport'
import { faultsOf, manifestsOf, prepareSchemas, type Manifest } from './kubernetes'
import { prepareSnakemake } from './snakemake'

const { LIDVAE_DATA: _, ...others } = process.env
const CONFIG = [
  'size=quick',
  'data=synthetic-text',
  'method=plain',
  'clone=/lidvae',
  'runs=/volume/runs/table',
]

const skip = process.env.LIDVAE_TEST_FULL ? false : 'it installs 100 MB of schemas: npm run test:full'

describe('what the workflow hands to Kubernetes', { skip }, () => {
  let missing: string | undefined
  before(() => {
    missing = prepareSnakemake() ?? prepareSchemas()
    if (missing) console.log(`NO KUBERNETES SCHEMAS: ${missing}`)
  })

  for (const [where, data] of [
    ['set', '/volume/data'],
    ['not set', undefined],
  ] as const)
    it(`is valid by the schemas of its API, with LIDVAE_DATA ${where}`, (t) =>
      inTemporary(async (folder) => {
        if (missing) return t.skip(missing)
        const env = data === undefined ? others : { ...others, LIDVAE_DATA: data }
        const { manifests, said } = await manifestsOf(folder, CONFIG, env)
        assert.deepEqual(
          manifests.map(({ kind }) => kind),
          ['Secret', 'Job'],
          said,
        )
        for (const manifest of manifests)
          assert.equal(faultsOf(manifest, folder), '', JSON.stringify(manifest))
        const [secret, job] = manifests
        const [container] = job.spec!.template.spec.containers
        assert.equal(container.image, 'registry.example.org/lidvae:latest')
        assert.equal(container.resources.requests.memory, '4000M')
        assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === '/volume'))
        assert.deepEqual(
          (container.env ?? []).filter(({ name }) => name === 'LIDVAE_DATA').length,
          data === undefined ? 0 : 1,
        )
        const given = Object.values(secret.data ?? {}).map((text) => Buffer.from(text, 'base64').toString())
        assert.equal(given.includes('/volume/data'), data !== undefined)
      }))

  it('is checked by schemas that refuse what the API refuses', (t) =>
    inTemporary((folder) => {
      if (missing) return t.skip(missing)
      const wrong = { apiVersion: 'batch/v1', kind: 'Job', spec: { template: { spec: { container: [] } } } }
      assert.match(faultsOf(wrong as unknown as Manifest, folder), /container/)
    }))
})
