import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import ts from 'typescript'
import { inFolder } from '../data/temporary'
import { compile, docOf, publicNames, root } from '../package/publicApi'

const page = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8')
/** What stands in a block with the name of a file in its first line. */
const blocks = [...page.matchAll(/^```(ts|diff)\n\/\/ (\S+)\n([^]*?)^```$/gm)].map(
  ([, kind, file, text]) => ({ kind, file, text }),
)

/** A file with the lines that a block marks by + put in behind the line before them. */
function patched(before: string, patch: string): string {
  const lines = before.split('\n')
  let at = -1
  for (const line of patch.trimEnd().split('\n')) {
    const [mark, text] = [line[0], line.slice(1)]
    if (mark === '+') lines.splice(++at, 0, text)
    else {
      assert.equal(lines.filter((one) => one === text).length, 1, `there is one line: ${text}`)
      at = lines.indexOf(text)
    }
  }
  return lines.join('\n')
}

const files: Record<string, string> = {}
for (const { kind, file, text } of blocks)
  files[file] =
    kind === 'ts' ? text : patched(files[file] ?? readFileSync(path.join(root, file), 'utf8'), text)
const made = Object.keys(files).filter((file) => blocks.some((one) => one.file === file && one.kind === 'ts'))

describe('the examples of CONTRIBUTING.md', () => {
  it('are a model, a fix and a data set, each with its test', () => {
    for (const folder of ['models', 'fixes', 'data'])
      for (const side of ['src', 'test'])
        assert.ok(
          made.some((file) => file.startsWith(`${side}/${folder}/`)),
          `${side}/${folder}`,
        )
  })

  it('are of the right types, public, and documented', () => {
    const program = compile(files)
    const problems = made.flatMap((file) =>
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(path.join(root, file)))
        .map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
    )
    assert.deepEqual(problems, [])
    const names = publicNames(program)
    for (const wanted of ['logisticPca', 'fixes.capacity', 'data.moons']) {
      const one = names.find(({ name }) => name === wanted)
      assert.ok(one, `${wanted} is public`)
      assert.ok(docOf(program, one).tags.some(({ name }) => name === 'example'))
    }
  })

  it('hold what their tests say', () =>
    inFolder(async (folder) => {
      for (const part of ['src', 'test/support', 'data', 'package.json', 'tsconfig.json'])
        cpSync(path.join(root, part), path.join(folder, part), { recursive: true })
      symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction')
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
        writeFileSync(path.join(folder, file), text)
      }
      const tests = made.filter((file) => file.startsWith('test/'))
      // A runner inside a runner reports to the outer one unless this is gone.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env
      const command = ['--import', 'tsx', '--test', '--test-reporter=tap', ...tests]
      const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: folder, env })
      assert.match(stdout, /^# fail 0$/m)
      const [, passed] = /^# pass (\d+)$/m.exec(stdout) ?? []
      assert.ok(Number(passed) >= tests.length, stdout)
    }))
})
