/**
 * One file read once in a process of its own, after the small one of its kind: `filesOurs.ts FILE`; prints one line
 * of JSON.
 */
import path from 'node:path'
import { from } from '../../src/data/own/from'

const peakNow = (): number => 1024 * process.resourceUsage().maxRSS

async function main(): Promise<void> {
  const [, , file] = process.argv
  const label = /\.np[yz]$/.test(file) ? undefined : 'kind'
  const options = { label, values: 'real', onNote: () => undefined } as const
  // So that no time goes into loading libraries.
  await from(path.join(path.dirname(file), 'small', path.basename(file)), options)
  const before = peakNow()
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const { x, labels } = await from(file, options)
  const ms = performance.now() - began
  const { user, system } = process.cpuUsage(cpu)
  const cpuMs = (user + system) / 1000
  const sum = (list: ArrayLike<number>): number => {
    let total = 0
    for (let i = 0; i < list.length; i++) total += list[i]
    return total
  }
  const peakBytes = peakNow() - before
  const load = { ms, cpuMs, peakBytes, decodedBytes: x.byteLength, sum: sum(x), labels: sum(labels ?? []) }
  console.log(JSON.stringify(load))
}

void main()
