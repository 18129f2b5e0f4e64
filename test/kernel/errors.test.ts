import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runInThisContext } from 'node:vm'
import { ArgumentError } from '../../src/base/errors'
import { type RanCell, thrownError, typeError } from '../../src/kernel/errors'

const cell: RanCell = { number: 3, source: 'const a = 1\nfail(a)\n', maps: [] }
const cells = new Map([[3, cell]])

function errorWith(stack: string): Error {
  const error = new RangeError('too far')
  error.stack = stack
  return error
}

describe('thrownError', () => {
  it('names the line of the cell and leaves out what runs it', () => {
    const stack = [
      'RangeError: too far',
      '    at fail (/home/me/mine.js:1:2)',
      '    at lidvae-cell-3.ts:2:1',
      '    at lidvae-cell-3.ts:4:3',
      '    at Script.runInThisContext (node:vm:122:12)',
      '    at execute (/p/node_modules/tslab/dist/executor.js:1:2)',
      '    at Cells.run (/p/dist/kernel/cells.js:3:4)',
    ].join('\n')
    assert.deepEqual(thrownError(errorWith(stack), cells), {
      ename: 'RangeError',
      evalue: 'too far',
      traceback: [
        'cell 3, line 2:\n    fail(a)',
        'RangeError: too far',
        '    at fail (/home/me/mine.js:1:2)',
        '    at cell 3, line 2',
      ],
    })
  })

  it('names the line of the cell for errors that come without frames, too', () => {
    const raise = () => {
      throw new ArgumentError('latent', 0, 'a number ≥ 1', 'Give one.')
    }
    const fail = runInThisContext('(raise) =>\nraise()', { filename: 'lidvae-cell-3.ts' }) as (
      r: () => void,
    ) => void
    assert.throws(
      () => fail(raise),
      (error) => {
        assert.deepEqual(thrownError(error, cells).traceback, [
          'cell 3, line 2:\n    fail(a)',
          'ArgumentError: `latent` must be a number ≥ 1, got 0. Give one.',
        ])
        return true
      },
    )
  })

  it('gives errors worded for people without frames', () => {
    const { traceback } = thrownError(new ArgumentError('latent', 0, 'a number ≥ 1', 'Give one.'), cells)
    assert.deepEqual(traceback, ['ArgumentError: `latent` must be a number ≥ 1, got 0. Give one.'])
  })

  it('takes whatever is thrown', () => {
    assert.equal(thrownError('just text', cells).evalue, 'just text')
    assert.equal(thrownError(undefined, cells).evalue, 'undefined')
    assert.equal(thrownError({ code: 7 }, cells).evalue, '{"code":7}')
    assert.equal(thrownError(null, cells).evalue, 'null')
  })
})

describe('typeError', () => {
  it('shows the line once and every complaint', () => {
    const { evalue, traceback } = typeError(cell, [
      { line: 2, column: 1, message: 'first' },
      { line: 2, column: 1, message: 'and why' },
    ])
    assert.equal(evalue, 'line 2: first\n  and why')
    assert.deepEqual(traceback, ['cell 3, line 2:\n    fail(a)', 'line 2: first', '  and why'])
  })

  it('says what to do where a notebook does not find the library', () => {
    const message = "Cannot find module 'lidvae' or its corresponding type declarations."
    const { evalue } = typeError(cell, [{ line: 1, column: 1, message }])
    assert.match(
      evalue,
      /^line 1: Cannot find module 'lidvae': .* below its folder 'notebooks', or .*: npm install \//,
    )
  })
})
