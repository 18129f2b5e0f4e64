// Makes the process end where nobody outside could aim: inside an evaluation, by a kill or for want of
// memory, or in the middle of writing a file of the run's folder.
import fs from 'node:fs'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { EvaluationStep } from '../../src/compute/step'

const die = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

/** Asks for memory until there is no more: of JavaScript's heap, or of the engine. */
function hoard(one: () => unknown): void {
  for (const all: unknown[] = []; ;) all.push(one())
}

/**
 * @param where `evaluation N`: when the N-th evaluation is computed and not yet kept; `heap N` and
 *   `engine N`: there, as its memory runs out; `writing N`: before the N-th file operation in the folder, or,
 *   where that one writes, when a part of the bytes is in the file.
 */
export function dieIn(where: string, folder: string): void {
  const [kind, count] = where.split(' ')
  if (kind === 'evaluation') dieEvaluating(Number(count), die)
  else if (kind === 'heap') dieEvaluating(Number(count), () => hoard(() => new Array<number>(1000).fill(0.5)))
  else if (kind === 'engine') dieEvaluating(Number(count), () => hoard(() => tf.fill([1024, 1024], 0.5)))
  else if (kind === 'writing') dieWriting(Number(count), path.resolve(folder))
  else throw new Error(`no place to die in: ${where}`)
}

function dieEvaluating(count: number, how: () => void): void {
  const { prototype } = EvaluationStep
  const run = Object.getOwnPropertyDescriptor(prototype, 'run')!.value as (...args: unknown[]) => never
  let seen = 0
  prototype.run = function (...args: unknown[]) {
    const results = run.apply(this, args)
    if (++seen === count) how()
    return results
  }
}

/** The operations by which files of a run's folder come and go. */
const OPERATIONS = [
  'openSync',
  'writeFileSync',
  'fsyncSync',
  'closeSync',
  'renameSync',
  'linkSync',
  'rmSync',
] as const

function dieWriting(count: number, folder: string): void {
  const operations = fs as unknown as Record<string, (...args: unknown[]) => unknown>
  const { writeSync } = fs
  const handles = new Set<unknown>()
  let seen = 0
  for (const name of OPERATIONS) {
    const original = operations[name]
    operations[name] = (...args) => {
      const [target, content] = args
      const isHere = handles.has(target) || (typeof target === 'string' && target.startsWith(folder))
      if (isHere && ++seen === count) {
        if (name === 'writeFileSync' && typeof target === 'number') {
          const bytes = Buffer.from(content as Buffer)
          writeSync(target, bytes, 0, Math.floor(0.6 * bytes.length))
        }
        die()
      }
      const result = original.apply(fs, args)
      if (isHere && name === 'openSync') handles.add(result)
      if (name === 'closeSync') handles.delete(target)
      return result
    }
  }
}
