import { it } from 'node:test'
import { everyPartHolds } from '../support/everyPart'
import { onEachEngine } from '../support/engines'

onEachEngine('certificates of every part', () => {
  it('hold for 1,000 random settings of the weights, with scales up to 10', () => everyPartHolds(1000, 40))
})
