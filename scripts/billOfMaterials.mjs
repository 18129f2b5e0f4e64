import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * What the package brings with it when installed, as a bill of materials (CycloneDX). npm's own `--omit dev` also
 * leaves out what a tool of development needs besides, such as zod: so that is left out here, by what the lock says.
 */
export function billOfMaterials() {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`)
  const all = JSON.parse(stdout)
  // A package that is there twice is marked in the bill by one of its places only; the lock has each.
  const installed = new Set(
    Object.entries(JSON.parse(readFileSync('package-lock.json', 'utf8')).packages)
      .filter(([place, { dev, link }]) => place !== '' && !dev && !link)
      .map(([place, { name, version }]) => `${name ?? place.replace(/^.*node_modules\//, '')}@${version}`),
  )
  const itself = all.metadata.component['bom-ref']
  const kept = (reference) => reference === itself || installed.has(reference)
  return {
    ...all,
    components: all.components.filter((one) => kept(one['bom-ref'])),
    dependencies: all.dependencies
      .filter(({ ref }) => kept(ref))
      .map((one) => ({ ...one, ...(one.dependsOn && { dependsOn: one.dependsOn.filter(kept) }) })),
  }
}
