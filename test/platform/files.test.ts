import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { checkFile, fileError, isThere, makeFolder, readVerified, writeWhole } from '../../src/platform/files'
import { md5 } from '../../src/platform/hash'
import { DataError } from '../../src/base/errors'
import { inFolder } from '../data/temporary'
import { typescript } from '../support/child'

// RFC 1321, appendix A.5: MD5 ("abc").
const abc = { name: 'abc.txt', size: 3, md5: '900150983cd24fb0d6963f7d28e17f72' }

describe('files', () => {
  it('computes the MD5 of RFC 1321', () => assert.equal(md5('abc'), abc.md5))

  it('reads a file only when size and MD5 are right', async () => {
    await inFolder(async (folder) => {
      const file = path.join(folder, 'abc.txt')
      await writeFile(file, 'abc')
      assert.equal((await readVerified(folder, abc, 'Mend it.')).toString(), 'abc')
      assert.deepEqual(await checkFile(folder, abc), {
        name: 'abc.txt',
        size: 3,
        checksum: abc.md5,
        ok: true,
      })
      await writeFile(file, 'abd')
      await assert.rejects(
        readVerified(folder, abc, 'Mend it.'),
        new DataError(`${file} is damaged: it has MD5 ${md5('abd')}, expected ${abc.md5}. Mend it.`),
      )
      assert.deepEqual(await checkFile(folder, abc), {
        name: 'abc.txt',
        size: 3,
        checksum: md5('abd'),
        ok: false,
        problem: `has MD5 ${md5('abd')}, expected ${abc.md5}`,
      })
      await writeFile(file, 'abcd')
      await assert.rejects(
        readVerified(folder, abc, 'Mend it.'),
        /it has 4 bytes, expected 3 bytes\. Mend it\.$/,
      )
    })
  })

  it('tells a missing file from one in the way', async () => {
    await inFolder(async (folder) => {
      assert.equal((await checkFile(folder, abc)).problem, 'missing')
      assert.equal((await checkFile(path.join(folder, 'none'), abc)).problem, 'missing')
      await assert.rejects(
        readVerified(folder, abc, 'Mend it.'),
        /abc\.txt does not exist \(ENOENT\)\. Mend it\.$/,
      )
      await mkdir(path.join(folder, 'abc.txt'))
      assert.equal((await checkFile(folder, abc)).problem, 'is a folder, not a file')
      if (process.platform === 'win32') return
      for (const name of [abc.name, `${abc.name}.md5`]) {
        await rm(path.join(folder, name), { recursive: true, force: true })
        assert.equal(spawnSync('mkfifo', [path.join(folder, name)]).status, 0)
      }
      const { problem } = await checkFile(folder, abc)
      assert.equal(problem, 'is a pipe, a device or a socket, not a file')
      await rm(path.join(folder, abc.name))
      await writeFile(path.join(folder, abc.name), 'abc')
      assert.equal(
        (await checkFile(folder, { name: abc.name })).compared,
        'not compared: no checksum is known',
      )
      assert.equal(await isThere(path.join(folder, 'abc.txt'), ''), true)
      assert.equal(await isThere(path.join(folder, 'none', 'abc.txt'), ''), false)
      await writeFile(path.join(folder, 'file'), '')
      assert.equal(await isThere(path.join(folder, 'file', 'abc.txt'), ''), false)
      await assert.rejects(
        isThere('x'.repeat(300), 'Mend it.'),
        /could not be used \(ENAMETOOLONG\)\. Mend it\.$/,
      )
    })
  })

  it('puts the refusals of the system into words', () => {
    const said = (code: string) =>
      fileError(Object.assign(new Error('no'), { code }), '/d/x', 'Do this.').message
    assert.equal(said('EACCES'), '/d/x is not accessible: no permission (EACCES). Do this.')
    assert.equal(said('EROFS'), '/d/x is on a read-only file system (EROFS). Do this.')
    assert.equal(said('ENOSPC'), '/d/x does not fit: the disk is full (ENOSPC). Do this.')
    assert.equal(said('EODD'), '/d/x could not be used (EODD). Do this.')
  })

  it('writes all of a file, or leaves the old one, where the system takes a part only', async (t) => {
    if (process.platform === 'win32') return t.skip('no limit of file sizes here')
    await inFolder(async (folder) => {
      const file = path.join(folder, 'kept.bin')
      writeWhole(file, 'old')
      const files = require.resolve('../../src/platform/files')
      const code = `require(${JSON.stringify(files)}).writeWhole(${JSON.stringify(file)}, Buffer.alloc(3e6))`
      const script = path.join(folder, 'write.cjs')
      await writeFile(script, code)
      const limited = ['-c', 'ulimit -f 1000; exec "$@"', 'limited', process.execPath, ...typescript, script]
      const { stderr, status } = spawnSync('bash', limited, { encoding: 'utf8' })
      assert.notEqual(status, 0)
      assert.match(stderr, /kept\.bin: cannot be written \(EFBIG/)
      assert.equal(await readFile(file, 'utf8'), 'old')
      assert.deepEqual((await readdir(folder)).sort(), ['kept.bin', 'write.cjs'])
    })
  })

  it('makes a folder and those above it, and never hangs', async () => {
    await inFolder(async (folder) => {
      const deep = path.join(folder, 'a', 'b', 'c')
      makeFolder(deep)
      makeFolder(deep)
      assert.deepEqual(await readdir(path.join(folder, 'a', 'b')), ['c'])
      await writeFile(path.join(deep, 'file'), '')
      assert.throws(() => makeFolder(path.join(deep, 'file')), { code: 'EEXIST' })
      assert.throws(() => makeFolder(path.join(deep, 'file', 'd')), { code: 'ENOTDIR' })
      if (existsSync('/proc/self'))
        assert.throws(() => makeFolder('/proc/self/lidvae'), { code: /ENOENT|EACCES|EPERM/ })
    })
  })
})
