import { ArgumentError, alternatives, unquoted } from '../../base/errors'
import { fromStart } from '../../platform/places'
import { audit as auditModel, type AuditOptions } from '../../audit/audit'
import type { AuditModel } from '../../audit/onnx/audit'
import { formatAudit, type Audit } from '../../audit/result'

/** Options of `lidvae audit`, as typed. */
export interface AuditCommand {
  encoder?: string
  decoder?: string
  prior?: string
  priorDraws?: string
  data?: string
  likelihood?: string
  sigma?: string
  dispersion?: string
  pad?: string
  scale?: string
  output?: string
  values?: string
  binarize?: boolean
  witness?: boolean
  json?: string
  html?: string
  failOn?: string
  samples?: string
  priorSamples?: string
  size?: string
  seed?: string
}

/** What `--fail-on` may name. */
export const FAILURES = {
  collapse: ({ collapsed }: Audit) => collapsed,
  'dead-units': ({ collapsed, deadUnits }: Audit) => collapsed || deadUnits.length > 0,
  doubt: ({ verdict }: Audit) => verdict.some(({ kind }) => kind !== 'healthy'),
} satisfies Record<string, (audit: Audit) => boolean>

/** `lidvae audit`: a model of any framework measured; 1 if what `--fail-on` names was found. */
export async function audit(source: string | undefined, command: AuditCommand): Promise<number> {
  const { json, html, failOn } = command
  requireEnding('--json', json, '.json')
  requireEnding('--html', html, '.html')
  if (failOn !== undefined && !Object.hasOwn(FAILURES, failOn))
    throw new ArgumentError('--fail-on', failOn, alternatives(Object.keys(FAILURES)))
  const found = await auditModel(sourceOf(source, command), optionsOf(command))
  console.log(formatAudit(found))
  for (const file of [json, html])
    if (file !== undefined) console.log(`written: ${found.save(fromStart(file))}`)
  const failed = failOn !== undefined && FAILURES[failOn as keyof typeof FAILURES](found)
  if (failed) console.error(`lidvae: --fail-on ${failOn}: found`)
  return failed ? 1 : 0
}

/** Checked before minutes of measuring. */
function requireEnding(flag: string, file: string | undefined, ending: string): void {
  if (file !== undefined && !file.toLowerCase().endsWith(ending))
    throw new ArgumentError(flag, file, `a path ending in ${ending}`)
}

const MODEL = [
  'encoder',
  'decoder',
  'prior',
  'priorDraws',
  'data',
  'likelihood',
  'sigma',
  'dispersion',
  'pad',
  'scale',
  'output',
  'values',
] as const

function sourceOf(source: string | undefined, command: AuditCommand): string | AuditModel {
  const { encoder, decoder, data } = command
  if (source !== undefined) {
    const other = MODEL.find((name) => command[name] !== undefined)
    if (other !== undefined)
      throw new ArgumentError(
        flagOf(other),
        command[other],
        'omitted for a file of arrays',
        'Give the encoder instead: --encoder enc.onnx.',
      )
    return fromStart(source)
  }
  if (encoder === undefined && decoder === undefined)
    throw new ArgumentError(
      'source',
      unquoted('nothing'),
      'a file of arrays, or --encoder',
      'Write, say, npx lidvae audit posterior.npz.',
    )
  if (encoder === undefined)
    throw new ArgumentError(
      '--encoder',
      unquoted('nothing'),
      'an ONNX file',
      'Without an encoder, search the decoder for equal codes: lid.witness.',
    )
  if (data === undefined)
    throw new ArgumentError('--data', unquoted('nothing'), 'held-out data', 'Write, say, --data x.npy.')
  const file = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : fromStart(name)
  const real = (name: 'sigma' | 'dispersion' | 'pad'): number | undefined => {
    const text = command[name]
    if (text === undefined) return undefined
    if (text.trim() === '' || !Number.isFinite(Number(text)))
      throw new ArgumentError(flagOf(name), text, 'a number')
    return Number(text)
  }
  return {
    encoder: file(encoder)!,
    decoder: file(decoder),
    prior: file(command.prior),
    priorDraws: file(command.priorDraws),
    data: fromStart(data),
    // Names that are not known are refused where they are used.
    likelihood: command.likelihood as AuditModel['likelihood'],
    sigma: real('sigma'),
    dispersion: real('dispersion'),
    pad: real('pad'),
    scale: command.scale as AuditModel['scale'],
    output: command.output as AuditModel['output'],
    values: command.values as AuditModel['values'],
  }
}

/** --prior-draws */
const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

function optionsOf(command: AuditCommand): AuditOptions {
  const number = (name: 'samples' | 'priorSamples' | 'size' | 'seed', flag: string): number | undefined => {
    const text = command[name]
    if (text === undefined) return undefined
    if (!/^\d+$/.test(text)) throw new ArgumentError(flag, text, 'an integer ≥ 0')
    return Number(text)
  }
  return {
    samples: number('samples', '--samples'),
    priorSamples: number('priorSamples', '--prior-samples'),
    size: number('size', '--size'),
    seed: number('seed', '--seed'),
    binarize: command.binarize,
    witness: command.witness,
  }
}
