import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { beside, latentScatter, training } from '../../src/plots'
import type { VegaLiteSpec } from '../../src/plots/spec'

interface Item {
  marktype?: string
  items?: Item[]
  opacity?: number
  size?: number
  datum?: Record<string, unknown>
}

async function drawn(spec: VegaLiteSpec): Promise<{ view: vega.View; marks: (type: string) => Item[] }> {
  const view = new vega.View(vega.parse(compile(spec as unknown as TopLevelSpec).spec), { renderer: 'none' })
  await view.runAsync()
  const under = (item: Item, type: string): Item[] =>
    (item.items ?? []).flatMap((each) =>
      item.marktype === type && each.datum && 'x' in each.datum ? [each] : under(each, type),
    )
  return { view, marks: (type) => under((view.scenegraph() as unknown as { root: Item }).root, type) }
}

/** What a selection holds when one value of a field is chosen, as Vega-Lite stores it. */
const picked = (field: string, value: unknown) => [
  { unit: 'any', fields: [{ type: 'E', field }], values: [value] },
]

const cloud = (shift: number) =>
  Array.from({ length: 12 }, (_, i) => ({ x: Math.cos(i) + shift, y: Math.sin(i * i), label: i % 3 }))
const clouds = () => latentScatter({ plain: cloud(0), identifiable: cloud(1) })
const rows = (loss: number) => [1, 2].map((epoch) => ({ epoch, loss: loss / epoch, klZ: epoch }))

describe('linked views', () => {
  it('the image under the pointer is enlarged in every panel', async () => {
    const { view, marks } = await drawn(clouds())
    assert.ok(marks('symbol').every(({ size }) => size === 20))
    await view.data('pointed_store', picked('index', 4)).runAsync()
    const grown = marks('symbol').filter(({ size }) => size === 160)
    assert.deepEqual(
      grown.map(({ datum }) => datum?.index),
      [4, 4],
    )
  })

  it('a class selected in the legend stays, the others fade, in every panel', async () => {
    const { view, marks } = await drawn(clouds())
    assert.ok(marks('symbol').every(({ opacity }) => opacity === 0.75))
    await view.data('chosen_store', picked('label', '1')).runAsync()
    for (const { datum, opacity } of marks('symbol'))
      assert.equal(opacity, datum?.label === '1' ? 0.75 : 0.12)
  })

  it('charts beside each other keep their own selections, and their rows', async () => {
    const named = [{ x: 0, y: 1, label: 'a' }, ...cloud(0)]
    const spec = beside([clouds(), latentScatter(named), training({ plain: rows(3), other: rows(4) })])
    const { view, marks } = await drawn(spec)
    await view.data('chosen_1_store', picked('label', 'a')).runAsync()
    const faded = marks('symbol').filter(({ opacity }) => opacity === 0.12)
    assert.equal(faded.length, 12, 'all but one of the second chart, none of the first')
  })
})
