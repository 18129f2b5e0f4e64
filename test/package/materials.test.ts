import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { packageRoot } from '../../src/platform/places'

interface Bill {
  bomFormat: string
  components: { 'bom-ref': string; name: string; version: string }[]
  dependencies: { ref: string; dependsOn?: string[] }[]
}
interface Lock {
  packages: Record<string, { name?: string; version: string; dev?: boolean; link?: boolean }>
}

it('the bill of materials names every package that is installed with this one, and no tool', () => {
  const script = `import('./scripts/billOfMaterials.mjs').then(({ billOfMaterials }) => console.log(JSON.stringify(billOfMaterials())))`
  const found = execFileSync(process.execPath, ['-e', script], { cwd: packageRoot(), maxBuffer: 1 << 28 })
  const { bomFormat, components, dependencies } = JSON.parse(found.toString()) as Bill
  const lock = JSON.parse(readFileSync(path.join(packageRoot(), 'package-lock.json'), 'utf8')) as Lock
  const wanted = Object.entries(lock.packages)
    .filter(([place, { dev, link }]) => place !== '' && !dev && !link)
    .map(([place, { name, version }]) => `${name ?? place.replace(/^.*node_modules\//, '')}@${version}`)
  assert.equal(bomFormat, 'CycloneDX')
  const named = new Set(components.map(({ name, version }) => `${name}@${version}`))
  assert.deepEqual([...named].sort(), [...new Set(wanted)].sort())
  const references = new Set(components.map((one) => one['bom-ref']))
  for (const { dependsOn = [] } of dependencies)
    for (const one of dependsOn) assert.ok(references.has(one), one)
})
