import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { posteriorHistogram } from '../../src/plots/posteriorHistogram'

const subtitleOf = (spec: object): string =>
  [(spec as { title: { subtitle: string[] } }).title.subtitle].flat().join(' ')

describe('a histogram of posterior draws', () => {
  it('says how many draws lie outside its range, of all methods, under a subtitle of your own too', () => {
    const draws = { HMC: [0.2, 0.4, 1.5], 'mean-field': [-0.1, 0.5, 1] }
    for (const subtitle of [undefined, 'Two methods.'])
      assert.match(
        subtitleOf(posteriorHistogram(draws, { subtitle })),
        /Left out: 2 of 6 draws outside 0 to 1\.$/,
      )
    assert.doesNotMatch(subtitleOf(posteriorHistogram(draws, { domain: [-1, 2] })), /Left out/)
  })
})
