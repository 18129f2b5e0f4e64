// What node's test runner prints here: a line for each file, each failure in full, and the counts for scripts/test.mjs.
import path from 'node:path'

const tally = () => ({ pass: 0, fail: 0, skip: 0, ms: 0 })

export default async function* reporter(source) {
  const files = new Map()
  const counts = {}
  let latest
  const close = (file) => {
    const { pass, fail, skip, ms } = files.get(file)
    const parts = [`${pass} passed`, fail > 0 && `${fail} FAILED`, skip > 0 && `${skip} skipped`].filter(
      Boolean,
    )
    return `  ${path.relative(process.cwd(), file).padEnd(44)} ${parts.join(', ')}, ${(ms / 1000).toFixed(1)} s\n`
  }
  for await (const { type, data } of source) {
    if (type === 'test:diagnostic' && data.nesting === 0) {
      const [, name, value] = /^(tests|pass|fail|cancelled|skipped|todo) (\d+)$/.exec(data.message) ?? []
      if (name) counts[name] = Number(value)
    }
    if (type === 'test:stderr' || type === 'test:stdout') yield quote(data.message)
    if (type !== 'test:pass' && type !== 'test:fail') continue
    // A suite that a helper defines belongs to the file that called it.
    const file =
      latest !== undefined && !/\.test\.ts$/.test(data.file ?? data.name) ? latest : (data.file ?? data.name)
    if (latest !== undefined && latest !== file) yield close(latest)
    latest = file
    if (!files.has(file)) files.set(file, tally())
    const sum = files.get(file)
    if (data.nesting === 0) sum.ms += data.details.duration_ms
    if (data.details.type === 'suite') {
      // Its tests speak for themselves; a failure of its own, before or after them, is what made them fail.
      const error = data.details.error
      if (type === 'test:fail' && error?.failureType === 'hookFailed')
        yield `\n  FAILED before or after the tests of ${data.name}\n${inFull(error).replace(/^/gm, '    ')}\n\n`
      continue
    }
    if (data.skip !== undefined || data.todo !== undefined) sum.skip++
    else if (type === 'test:pass') sum.pass++
    else {
      sum.fail++
      yield `\n  FAILED ${path.relative(process.cwd(), file)}: ${data.name}\n`
      yield `${inFull(data.details.error).replace(/^/gm, '    ')}\n\n`
    }
  }
  if (latest !== undefined) yield close(latest)
  yield `\nlidvae-counts ${JSON.stringify(counts)}\n`
}

function inFull(error) {
  const cause = error?.cause ?? error
  return String(cause?.stack ?? cause)
    .split('\n')
    .filter((line) => !/node:internal|node_modules[\\/]tsx/.test(line))
    .slice(0, 40)
    .join('\n')
}

// Engines announce themselves on every start; that is no news here.
function quote(text) {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^lidvae: .* engine/.test(line))
    .map((line) => `    | ${line}\n`)
    .join('')
}
