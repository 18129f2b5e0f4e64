import { ArgumentError, alternatives, unquoted } from '../../base/errors'
import { writeWhole } from '../../platform/files'
import { fromStart } from '../../platform/places'
import { audit as auditModel, type AuditOptions } from '../../audit/audit'
import { formatAudit, type Audit } from '../../audit/result'

/** Options of `lidvae audit`, as typed. */
export interface AuditCommand {
  json?: string
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
  const { json, failOn } = command
  if (failOn !== undefined && !Object.hasOwn(FAILURES, failOn))
    throw new ArgumentError('--fail-on', failOn, alternatives(Object.keys(FAILURES)))
  const found = await auditModel(sourceOf(source), optionsOf(command))
  console.log(formatAudit(found))
  if (json !== undefined)
    console.log(`written: ${writeWhole(fromStart(json), `${JSON.stringify(found, null, 2)}\n`)}`)
  const failed = failOn !== undefined && FAILURES[failOn as keyof typeof FAILURES](found)
  if (failed) console.error(`lidvae: --fail-on ${failOn}: found`)
  return failed ? 1 : 0
}

function sourceOf(source: string | undefined): string {
  if (source === undefined)
    throw new ArgumentError(
      'source',
      unquoted('nothing'),
      'a file of arrays',
      'Write, say, npx lidvae audit posterior.npz.',
    )
  return fromStart(source)
}

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
  }
}
