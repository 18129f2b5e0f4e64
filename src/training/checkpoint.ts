import { DataError } from '../base/errors'
import type { SlotValues } from '../compute/optimizers'
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '../storage/safetensors'
import { count, parseJson, problemIn, z } from '../storage/schema'
import type { Checkpoint, Position } from './state'

/** Written into every checkpoint; the number is the version of the format. */
const FORMAT = 'lidvae checkpoint 1'

/**
 * A checkpoint as bytes of a safetensors file: tensors `weights/NAME`, `slots/SLOT/NAME` (the optimiser's
 * state of weight NAME) and `best/NAME`; in the metadata `format`, and `position`, JSON.
 *
 * @param shapes of everything that is learnt, by name. @param trained names of the weights that have slots,
 *   in their order.
 */
export function encodeCheckpoint(
  checkpoint: Checkpoint,
  shapes: Map<string, readonly number[]>,
  trained: readonly string[] = [...shapes.keys()],
): Buffer {
  const { position, weights, slots = {}, best = {} } = checkpoint
  const tensors: Record<string, NamedTensor> = {}
  const add = (prefix: string, name: string, values: Float32Array): void => {
    tensors[`${prefix}/${name}`] = { shape: shapes.get(name)!, values }
  }
  for (const name of shapes.keys()) add('weights', name, weights[name])
  for (const [slot, values] of Object.entries(slots))
    trained.forEach((name, i) => add(`slots/${slot}`, name, values[i]))
  for (const [name, values] of Object.entries(best)) add('best', name, values)
  return encodeSafetensors(tensors, { format: FORMAT, position: JSON.stringify(position) })
}

/**
 * Reads a checkpoint of a model whose trained weights have these names, in this order.
 *
 * @throws DataError that names the file and what is wrong with it.
 */
export function decodeCheckpoint(bytes: Buffer, names: readonly string[], file: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, file)
  if (metadata.format !== FORMAT)
    throw new DataError(
      `${file} is of format ${metadata.format ?? 'unknown'}, expected ${FORMAT}. Resume it with the version of lidvae that wrote it.`,
    )
  const under = (prefix: string): Record<string, Float32Array> =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(`${prefix}/`))
        .map(([name, { values }]) => [name.slice(prefix.length + 1), values]),
    )
  const best = under('best')
  return {
    position: positionOf(metadata.position, file),
    weights: under('weights'),
    slots: slotsOf(under('slots'), names, file),
    ...(Object.keys(best).length > 0 && { best }),
  }
}

/** `SLOT/NAME` to the numbers of each slot in the order of the weights. */
function slotsOf(
  values: Record<string, Float32Array>,
  names: readonly string[],
  file: string,
): SlotValues | undefined {
  const slots = [...new Set(Object.keys(values).map((name) => name.slice(0, name.indexOf('/'))))]
  if (slots.length === 0) return undefined
  return Object.fromEntries(
    slots.map((slot) => [
      slot,
      names.map((name) => {
        const found = values[`${slot}/${name}`] as Float32Array | undefined
        if (!found) throw new DataError(`${file} has no ${slot} of ${name}. It belongs to another model.`)
        return found
      }),
    ]),
  )
}

function positionOf(text: string | undefined, file: string): Position {
  const position = parseJson(text ?? '')
  const problem = problemIn(positionSchema, position)
  if (problem) throw new DataError(`${file} is damaged: of its position ${problem}. Delete it.`)
  return position as Position
}

const number = z.number().finite()
/** JSON has no other numbers: those of an evaluation that was not finite are null. */
const numberOrNull = number.nullable()
const row = z
  .record(z.union([numberOrNull, z.array(number)]))
  .and(z.object({ epoch: count, step: count, klUnits: z.array(number) }))

const positionSchema = z.object({
  step: count,
  epoch: count,
  batch: count,
  count,
  schedule: z.record(z.union([numberOrNull, z.boolean()])).optional(),
  until: z
    .object({
      reference: z.array(numberOrNull).optional(),
      since: count,
      drops: count,
      converged: z.boolean(),
    })
    .optional(),
  sums: z.record(z.union([number, z.array(number)])),
  rate: number,
  klWeight: number,
  modelSteps: count,
  modelEpochs: count,
  rows: z.array(row),
  seconds: number,
  best: z.object({ epoch: count, loss: numberOrNull }).optional(),
  finished: z.boolean(),
})
