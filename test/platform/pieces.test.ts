import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { symlink, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { it } from 'node:test'
import { piecesOf } from '../../src/platform/pieces'
import { DataError } from '../../src/base/errors'
import { typescript } from '../support/child'
import { Random } from '../support/random'
import { inFolder } from '../data/temporary'

const remedy = 'Look again.'

it('a file in pieces is the file, cut behind ends of lines only, as often as it is read', () =>
  inFolder(async (folder) => {
    const random = new Random(3)
    const line = (length: number) =>
      Buffer.from(Array.from({ length }, () => 97 + Math.floor(26 * random.uniform()))).toString()
    const lines = (count: number, most: number) =>
      Array.from({ length: count }, () => line(Math.floor(most * random.uniform()))).join('\n')
    // Shorter than a piece, exactly one and one byte more, several, a line longer than several, no line at all.
    const contents = ['', '\n', 'a', 'a\nb', line(1 << 18), `${line((1 << 18) - 1)}\n`, `${line(1 << 18)}\n`]
    contents.push(lines(9000, 200), `${lines(9000, 200)}\n`, `a\n${line(900_000)}\n${lines(3000, 200)}`)
    for (const [i, content] of contents.entries()) {
      const file = path.join(folder, `${i}.txt`)
      await writeFile(file, content)
      const pieces = await piecesOf(file, remedy)
      for (let time = 0; time < 2; time++) {
        const found: string[] = []
        for await (const piece of pieces()) found.push(piece.toString())
        assert.ok(found.join('') === content, `content ${i}`)
        assert.ok(found.slice(0, -1).every((piece) => piece.endsWith('\n')))
        assert.ok(content.length < 1 << 19 || found.length > 1, 'more than one piece')
      }
    }
  }))

it('a file that cannot be read is a DataError of one line', async () => {
  await assert.rejects(piecesOf('nowhere.txt', remedy), (error: unknown) => {
    assert.ok(error instanceof DataError)
    assert.equal(error.message, 'nowhere.txt does not exist (ENOENT). Look again.')
    return true
  })
  await assert.rejects(piecesOf(__dirname, remedy), {
    name: 'DataError',
    message: /is a folder, not a file/,
  })
})

const POSIX = { skip: process.platform === 'win32' }

// @fault strangers-file
it('a pipe or a device in the place of a file is refused, not waited for', POSIX, () =>
  inFolder(async (folder) => {
    const [pipe, device] = ['pipe.txt', 'device.txt'].map((name) => path.join(folder, name))
    execFileSync('mkfifo', [pipe])
    await symlink('/dev/zero', device)
    for (const file of [pipe, device])
      await assert.rejects(piecesOf(file, remedy), (error: unknown) => {
        assert.ok(error instanceof DataError)
        assert.equal(
          error.message,
          `${file} is a pipe, a device or a socket, not a file (ENOFILE). Look again.`,
        )
        return true
      })
  }),
)

it('the pipe of a shell, <(zcat texts.gz), is read once and given as often as it is asked for', POSIX, () => {
  const script = `const { piecesOf } = require(${JSON.stringify(require.resolve('../../src/platform/pieces'))});
    piecesOf('/dev/fd/3', '').then((pieces) => console.log(String(pieces()[0]) + String(pieces()[0])))`
  const found = execFileSync('bash', [
    '-c',
    'exec "$@" 3< <(printf "a\nb\n")',
    '-',
    process.execPath,
    ...typescript,
    '-e',
    script,
  ])
  assert.equal(found.toString(), 'a\nb\na\nb\n\n')
})

it('a file of gigabytes without an end of a line is refused', () =>
  inFolder(async (folder) => {
    const file = path.join(folder, 'zeros.txt')
    await writeFile(file, '')
    await truncate(file, 3e9)
    const pieces = await piecesOf(file, remedy)
    await assert.rejects(async () => {
      for await (const piece of pieces()) assert.fail(`a piece of ${piece.length} bytes`)
    }, /zeros\.txt has a line of more than 67,108,864 bytes\. Write one text per line\./)
  }))
