import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { numberOfText } from '../../../src/data/own/cells'
import { Random } from '../../support/random'

/** What a cell holds, by the grammar alone; whole numbers beyond 2^53 are names. */
function byGrammar(text: string): number {
  const value = Number(text)
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) && Number.isFinite(value)
  const isName = !/[.e]/i.test(text) && Math.abs(value) >= 2 ** 53
  return isNumber && !isName ? value : NaN
}

describe('the number of a cell', () => {
  it('is the nearest double, however it is written', () => {
    const random = new Random(1)
    const writings: ((value: number) => string)[] = [
      String,
      (value) => value.toFixed(2),
      (value) => value.toFixed(17),
      (value) => value.toExponential(8),
      (value) => String(Math.round(value)),
      (value) => value.toPrecision(15),
    ]
    for (let i = 0; i < 20_000; i++) {
      const value = random.normal() * 10 ** Math.floor(12 * random.uniform() - 4)
      const text = writings[i % writings.length](value)
      assert.ok(Object.is(numberOfText(text), Number(text)), text)
    }
  })

  it('is none where the grammar says so', () => {
    const random = new Random(2)
    const signs = '0123456789..--+e x,bo_/'
    for (let i = 0; i < 20_000; i++) {
      const length = 1 + Math.floor(8 * random.uniform())
      const short = Array.from({ length }, () => signs[Math.floor(signs.length * random.uniform())]).join('')
      // Long ones are read in another way: few signs of many, so that some are numbers.
      const zeros = '0'.repeat(20)
      const text = [short, short + zeros, `0${short[0]}${zeros}`, `${zeros}${short} `][i % 4]
      assert.ok(Object.is(numberOfText(text), byGrammar(text)), JSON.stringify(text))
    }
  })

  it('has a comma before its fraction, and points between thousands, where asked for', () => {
    for (const [text, value] of [
      ['1,5', 1.5],
      ['1.234,5', 1234.5],
      ['12.345', 12345],
      ['-7', -7],
      ['1.5', NaN],
      ['1,2,3', NaN],
    ] as const)
      assert.ok(Object.is(numberOfText(text, ','), value), text)
  })
})
