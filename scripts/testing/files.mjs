// Which test files there are, which run when, and which share a process. All of it follows from where they stand and what they are called:
//
//   test/metrics/flatness.test.ts        npm test; shares a process with the other files of its room
//   test/compute/engine.alone.test.ts    npm test; in a process of its own
//   test/kernel/stops.slow.test.ts       npm run test:slow; in a process of its own
//   test/browser/plots.test.ts           npm run test:browser; in a process of its own
import { readdirSync } from 'node:fs'
import path from 'node:path'

const isSlow = (file) => file.endsWith('.slow.test.ts')
const inBrowser = (file) => file.startsWith(path.join('test', 'browser') + path.sep)
const isAlone = (file) => isSlow(file) || inBrowser(file) || file.endsWith('.alone.test.ts')

/** Every test file below a folder, in order. */
export function testFiles(folder = 'test') {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name)
      if (entry.isDirectory()) return testFiles(file)
      return entry.name.endsWith('.test.ts') ? [file] : []
    })
}

/** Those of one command: `quick`, `slow`, `full` (both) or `browser`. Parts of names take from all but the browser's. */
export function chosenFiles(files, command, parts = []) {
  if (command === 'browser') return named(files.filter(inBrowser), parts)
  const others = files.filter((file) => !inBrowser(file))
  if (command === 'full') return named(others, parts)
  const mine = named(
    others.filter((file) => isSlow(file) === (command === 'slow')),
    parts,
  )
  return mine.length > 0 ? mine : named(others, parts)
}

const named = (files, parts) =>
  parts.length === 0 ? files : files.filter((file) => parts.some((part) => file.includes(part)))

/** Lists of files, a process each: the rooms, largest first, then those that stand alone. */
export function processes(files) {
  const rooms = new Map()
  for (const file of files.filter((one) => !isAlone(one))) {
    const room = file.split(path.sep)[1]
    rooms.set(room, [...(rooms.get(room) ?? []), file])
  }
  const shared = [...rooms.values()].sort((a, b) => b.length - a.length)
  return [...shared, ...files.filter(isAlone).map((file) => [file])]
}
