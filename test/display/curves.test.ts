import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Curves } from '../../src/display/curves'
import { Pace, formatDuration, formatRate } from '../../src/display/pace'

const loss = { title: 'Loss', unit: 'nats' }
const kl = { title: 'KL', unit: 'nats', from: 0 }

describe('curves of a training', () => {
  it('draws means of as many steps as keep a line short, at the same steps in every run', () => {
    const curves = new Curves(450, 45)
    assert.equal(curves.width, 3)
    for (let step = 1; step <= 450; step++) curves.add({ panel: loss, line: 'training', value: step }, step)
    const [{ points }] = curves.panels[0].lines
    assert.equal(points.length, 150)
    assert.deepEqual(points[0], { epoch: 3 / 45, value: 2 })
    assert.deepEqual(points.at(-1), { epoch: 10, value: 449 })
  })

  it('keeps marks apart from means, and leaves out what is not finite', () => {
    const curves = new Curves(1000, 10)
    curves.mark({ panel: loss, line: 'training', value: 5 }, 1)
    curves.add({ panel: loss, line: 'training', value: 7 }, 2)
    curves.add({ panel: loss, line: 'training', value: NaN }, 3)
    curves.mark({ panel: loss, line: 'training', value: Infinity }, 4)
    assert.deepEqual(
      curves.panels[0].lines[0].points.map(({ value }) => value),
      [5, 7],
    )
  })

  it('keeps the order in which panels and lines were expected, and takes those of a scheme of its own', () => {
    const curves = new Curves(10, 10)
    curves.expect(loss, 'training', 'validation')
    curves.expect(kl, 'z')
    curves.add({ panel: { title: 'Inner steps', unit: 'steps' }, line: 'encoder', value: 30 }, 1)
    curves.add({ panel: kl, line: 'w', value: 1 }, 1)
    assert.deepEqual(
      curves.panels.map(({ title, lines }) => [title, ...lines.map(({ name }) => name)]),
      [
        ['Loss', 'training', 'validation'],
        ['KL', 'z', 'w'],
        ['Inner steps', 'encoder'],
      ],
    )
    assert.equal(curves.panels[1].from, 0)
  })
})

describe('pace', () => {
  it('leaves out the first step, and follows a change of rate', () => {
    let clock = 0
    const pace = new Pace(0, 1000, () => clock)
    assert.equal(pace.rate, undefined)
    clock = 5000
    pace.step(1)
    for (let step = 2; step <= 101; step++) {
      clock += 100
      pace.step(step)
    }
    assert.equal(pace.rate, 10)
    assert.equal(pace.left, 89.9)
    for (let step = 102; step <= 300; step++) {
      clock += 1000
      pace.step(step)
    }
    assert.ok(Math.abs(pace.rate - 1) < 0.05)
  })

  it('goes on from the steps done before', () => {
    let clock = 0
    const pace = new Pace(500, 1000, () => clock)
    for (let step = 501; step <= 521; step++) {
      clock += 500
      pace.step(step)
    }
    assert.ok(Math.abs(pace.rate! - 2) < 0.01, `${pace.rate}`)
  })

  it('is said as people say it', () => {
    assert.deepEqual([0.5, 9.97, 59.4, 59.6, 125, 3599, 4200].map(formatDuration), [
      '0.5 s',
      '10 s',
      '59 s',
      '1 min 00 s',
      '2 min 05 s',
      '59 min 59 s',
      '1 h 10 min',
    ])
    assert.deepEqual([123.4, 3.14, 0.25].map(formatRate), ['123 steps/s', '3.1 steps/s', '4.0 s per step'])
  })
})
