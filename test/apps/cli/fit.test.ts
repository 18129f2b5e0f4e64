import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, it } from 'node:test'
import { Command } from 'commander'
import { declareFit, onCommandLine, settingsOfFit, type FitSettings } from '../../../src/apps/cli/fit/options'
import { ArgumentError } from '../../../src/base/errors'
import { from } from '../../../src/data/own/from'

/** The settings that a command line gives. */
async function settings(...args: string[]): Promise<FitSettings> {
  let found: FitSettings | undefined
  const lidvae = new Command().exitOverride()
  declareFit(lidvae, (source, options) => {
    found = settingsOfFit(source, options)
    return Promise.resolve()
  })
  await lidvae.parseAsync(['fit', ...args], { from: 'user' })
  return found!
}

describe('the flags of lidvae fit', () => {
  it('have defaults, and paths from where the command was started', async () => {
    const found = await settings('my/data.npz')
    const { model, latent, epochs, batch, seed, test, texts, data } = found
    assert.deepEqual(
      { model, latent, epochs, batch, seed, test, texts, data },
      { model: 'lidvae', latent: 8, epochs: 20, batch: 100, seed: 1, test: 0.2, texts: false, data: {} },
    )
    assert.deepEqual(
      [found.source, found.run],
      [path.resolve('my/data.npz'), path.resolve('runs/data-lidvae')],
    )
  })

  it('pass options to the reader, JSON as what it is and all else as text', async () => {
    const { data } = await settings(
      'a.csv',
      '--data',
      'size=[28,28]',
      '--data',
      'missing=drop',
      '--data',
      'color=true',
      '--data',
      'separator==',
    )
    assert.deepEqual(data, { size: [28, 28], missing: 'drop', color: true, separator: '=' })
  })

  it('take models of texts for texts', async () => {
    assert.deepEqual(
      [
        (await settings('a.txt')).model,
        (await settings('a.smi', '--model', 'vae')).model,
        (await settings('a.tsv', '--texts')).model,
      ],
      ['lidsvae', 'svae', 'lidsvae'],
    )
    await assert.rejects(
      settings('a.txt', '--model', 'gmvae'),
      /`--model` must be lidsvae or svae for texts, got 'gmvae'/,
    )
    await assert.rejects(
      settings('a.csv', '--model', 'svae'),
      /`--model` must be .* for rows of numbers.*--texts/,
    )
    await assert.rejects(
      settings('a.txt', '--likelihood', 'bernoulli'),
      /`--likelihood` must be omitted for texts/,
    )
  })

  it('are refused by name in one line', async () => {
    for (const [flag, value, wanted] of [
      ['--model', 'foo', /`--model` must be 'lidvae', .* or 'svae', got 'foo'/],
      ['--likelihood', 'normal', /`--likelihood` must be 'bernoulli', .*, got 'normal'/],
      ['--latent', '2.5', /`--latent` must be an integer ≥ 1, got 2\.5/],
      ['--epochs', 'ten', /`--epochs` must be an integer ≥ 1, got 'ten'/],
      ['--seed', '-1', /`--seed` must be an integer ≥ 0, got -1/],
      ['--test', '0', /`--test` must be a number > 0, got '0'/],
      ['--rate', 'x', /`--rate` must be a number > 0, got 'x'/],
      ['--html', 'report.pdf', /`--html` must be a file that ends in \.html/],
      ['--data', 'missing', /`--data` must be name=value/],
      ['--components', '4', /`--components` must be omitted for lidvae/],
    ] as const)
      await assert.rejects(settings('a.csv', flag, value), (error: Error) => {
        assert.match(error.message, wanted)
        return !error.message.includes('\n')
      })
  })

  it('of the reader are named as the command line has them', async () => {
    const images = path.join('data', 'fashion-mnist-sample', 't10k-images-idx3-ubyte.gz')
    const error = await from(images).catch((caught: unknown) => caught)
    assert.ok(error instanceof ArgumentError)
    assert.equal(
      onCommandLine(error).message,
      '--data values must be given for integers from 0 to 255, which may be bytes of images or counts, got undefined. Give --data values=bytes to divide them by 255, --data values=count for counts, or --data values=real.',
    )
    const other = new ArgumentError('seed', -1, 'an integer ≥ 0')
    assert.equal(onCommandLine(other), other)
  })
})
