import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { fromStart } from '../src/platform/places'
import type { Peer } from './compare'
import { sizes, workNames, type SizeName, type WorkName } from './spec'

/** What the person asked for. */
export interface Options {
  json?: string
  quick: boolean
  work: WorkName[]
  peers: Peer[]
  size: SizeName[]
  python?: string
}

const peerNames: Peer[] = ['pytorch', 'tfjs-node', 'tfjs-wasm']

/** A mistake in the command line, said in one line. */
export class UsageError extends Error {}

const listOf =
  <T extends string>(known: readonly T[]) =>
  (text: string): T[] =>
    text.split(',').map((part) => {
      const name = part.trim() as T
      if (!known.includes(name))
        throw new InvalidArgumentError(`got '${part}', expected ${known.join(', ')}, with commas between.`)
      return name
    })

/** Reads the command line. @throws UsageError in one line */
export function readOptions(args: string[]): Options | 'help' {
  const sizeNames = Object.keys(sizes) as SizeName[]
  const command = new Command('npm run bench --')
    .description('lidvae side by side with PyTorch and with TensorFlow.js as it comes, on the same work')
    .option('--json <file>', 'write the results there', fromStart)
    .option('--quick', 'fewer rounds and less data: to see that it runs, not to quote', false)
    .addOption(new Option('--work <names>', `some of ${workNames.join(', ')}`).argParser(listOf(workNames)))
    .addOption(new Option('--peers <names>', `some of ${peerNames.join(', ')}`).argParser(listOf(peerNames)))
    .addOption(new Option('--size <names>', `some of ${sizeNames.join(', ')}`).argParser(listOf(sizeNames)))
    .option('--python <file>', 'a Python that has PyTorch, instead of one prepared in the cache', fromStart)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  try {
    command.parse(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return 'help'
    throw new UsageError(
      `${error.message
        .replace(/^error: /, '')
        .replace(/\s*\n\s*/g, ' ')
        .replace(/\.?$/, '.')} See: npm run bench -- --help`,
    )
  }
  return {
    work: workNames,
    peers: peerNames,
    size: sizeNames,
    ...command.opts<Partial<Options>>(),
  } as Options
}
