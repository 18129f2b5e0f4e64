// What node's test runner prints here for a process of test files (share.cjs), each a suite of its own name:
// a line for each file, each failure in full, and the counts for scripts/test.mjs.
import path from 'node:path'

const nothing = () => ({ pass: 0, fail: 0, skip: 0 })

export default async function* reporter(source) {
  const counts = { ...nothing(), files: [] }
  let file
  let own = nothing()
  for await (const { type, data } of source) {
    if (type === 'test:start' && data.nesting === 0) [file, own] = [data.name, nothing()]
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details.type === 'suite') {
      // Its tests speak for themselves, unless it failed before or after them.
      const { error } = data.details
      if (type === 'test:fail' && error?.failureType !== 'subtestsFailed') {
        own.fail++
        yield `\n  FAILED ${file}: outside the tests of ${data.name}\n${inFull(error)}\n\n`
      }
    } else if (data.skip !== undefined || data.todo !== undefined) own.skip++
    else if (type === 'test:pass') own.pass++
    else {
      own.fail++
      yield `\n  FAILED ${file}: ${data.name}\n${inFull(data.details.error)}\n\n`
    }
    if (data.nesting > 0) continue
    yield line(data.name, own, data.details.duration_ms)
    for (const kind of Object.keys(own)) counts[kind] += own[kind]
    counts.files.push(data.name)
  }
  yield `\nlidvae-counts ${JSON.stringify(counts)}\n`
}

function line(file, { pass, fail, skip }, ms) {
  const parts = [`${pass} passed`, fail > 0 && `${fail} FAILED`, skip > 0 && `${skip} skipped`]
  const name = path.relative('test', file)
  return `  ${name.padEnd(44)} ${parts.filter(Boolean).join(', ')}, ${(ms / 1000).toFixed(1)} s\n`
}

function inFull(error) {
  const cause = error?.cause ?? error
  return String(cause?.stack ?? cause)
    .split('\n')
    .filter((one) => !/node:internal|scripts[\\/]testing/.test(one))
    .slice(0, 40)
    .map((one) => `    ${one}`)
    .join('\n')
}
