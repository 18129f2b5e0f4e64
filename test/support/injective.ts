import assert from 'node:assert/strict'
import type { Brenier } from '../../src/layers/brenier'
import type { FullRank } from '../../src/layers/fullRank'
import type { Model } from '../../src/models/model'

/** The three parts of a map as in the paper; undefined without an injective decoder. */
export function paperParts({ decoder }: Model): { g1: Brenier; beta: FullRank; g2: Brenier } | undefined {
  if (!decoder.injective) return undefined
  const { chain } = decoder.injective
  assert.deepEqual(
    chain.map(({ kind }) => kind),
    ['Brenier map', 'full-rank map', 'Brenier map'],
  )
  const [g1, beta, g2] = chain
  return { g1: g1 as Brenier, beta: beta as FullRank, g2: g2 as Brenier }
}
