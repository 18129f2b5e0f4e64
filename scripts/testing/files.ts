// Which test files there are, which run when, and which share a process. All of it follows from where they
// stand and what they are called:
//
//   test/metrics/flatness.test.ts        npm test; shares a process with the other files of its room
//   test/compute/engine.alone.test.ts    npm test; in a process of its own
//   test/kernel/stops.slow.test.ts       npm run test:slow; in a process of its own
//   test/browser/plots.test.ts           npm run test:browser; in a process of its own
import { readdirSync } from 'node:fs'
import path from 'node:path'

export type Command = 'quick' | 'slow' | 'full' | 'browser'

const isSlow = (file: string): boolean => file.endsWith('.slow.test.ts')
const inBrowser = (file: string): boolean => file.startsWith(path.join('test', 'browser') + path.sep)
const isAlone = (file: string): boolean => isSlow(file) || inBrowser(file) || file.endsWith('.alone.test.ts')

/** Every test file below a folder, in order. */
export function testFiles(folder = 'test'): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name)
      if (entry.isDirectory()) return testFiles(file)
      return entry.name.endsWith('.test.ts') ? [file] : []
    })
}

/**
 * The files of one command, `full` being quick and slow ones. Parts of names choose among them; where they
 * name none of the command's own, among all but the browser's.
 */
export function chosenFiles(files: string[], command: Command, parts: string[] = []): string[] {
  const named = (list: string[]): string[] =>
    parts.length === 0 ? list : list.filter((file) => parts.some((part) => file.includes(part)))
  if (command === 'browser') return named(files.filter(inBrowser))
  const others = files.filter((file) => !inBrowser(file))
  if (command === 'full') return named(others)
  const own = named(others.filter((file) => isSlow(file) === (command === 'slow')))
  return own.length > 0 ? own : named(others)
}

/** Lists of files, a process each: the rooms, largest first, then those that stand alone. */
export function processes(files: string[]): string[][] {
  const rooms = new Map<string, string[]>()
  for (const file of files.filter((one) => !isAlone(one))) {
    const room = file.split(path.sep)[1]
    rooms.set(room, [...(rooms.get(room) ?? []), file])
  }
  const shared = [...rooms.values()].sort((a, b) => b.length - a.length)
  return [...shared, ...files.filter(isAlone).map((file) => [file])]
}

/**
 * True for a process of tests that mostly wait for other programs: a cluster, which has to notice that a
 * machine is gone.
 */
export const mostlyWaits = (files: string[]): boolean =>
  files.every((file) => path.basename(file).startsWith('slurm'))
