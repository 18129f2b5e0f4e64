import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { readOptions, UsageError } from '../../bench/options'
import { workNames } from '../../bench/spec'

describe('options of the benchmark', () => {
  it('ask for everything by default', () => {
    assert.deepEqual(readOptions([]), {
      quick: false,
      work: workNames,
      peers: ['pytorch', 'tfjs-node', 'tfjs-wasm'],
      size: ['authors', 'recipe'],
    })
  })

  it('choose works, peers, sizes and a file', () => {
    const options = readOptions([
      '--work',
      'epoch, vae-step',
      '--peers',
      'pytorch',
      '--size',
      'recipe',
      '--json',
      'x.json',
    ])
    assert.deepEqual(options, {
      quick: false,
      work: ['epoch', 'vae-step'],
      peers: ['pytorch'],
      size: ['recipe'],
      json: path.resolve('x.json'),
    })
  })

  it('answer a mistake in one line that names it', () => {
    const mistakes: [string[], RegExp][] = [
      [['--fast'], /--fast/],
      [['--work', 'vae'], /'vae'.*vae-step/],
      [['--peers', 'jax'], /'jax'.*pytorch/],
      [['--json'], /--json/],
      [['much'], /argument/],
    ]
    for (const [args, pattern] of mistakes)
      assert.throws(
        () => readOptions(args),
        (error) =>
          error instanceof UsageError && pattern.test(error.message) && !error.message.includes('\n'),
        args.join(' '),
      )
  })
})
