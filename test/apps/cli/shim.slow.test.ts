import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { packageRoot } from '../../../src/platform/places'
import { inTemporary } from '../../setup/prepareSupport'

/** A clone in small: the shim, the settings, the packages, and a program of one line. */
function smallClone(folder: string): void {
  const root = packageRoot()
  for (const name of ['bin', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  mkdirSync(path.join(folder, 'node_modules'))
  for (const name of ['typescript', '@types'])
    symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name))
  mkdirSync(path.join(folder, 'src', 'apps', 'cli'), { recursive: true })
  program(folder, 'one')
}

const program = (folder: string, word: string) =>
  writeFileSync(
    path.join(folder, 'src', 'apps', 'cli', 'index.ts'),
    `export const main = (): void => console.log('${word}')\n`,
  )

const run = (folder: string) => {
  const shim = path.join(folder, 'bin', 'lidvae.js')
  const { stdout, stderr, status } = spawnSync(process.execPath, [shim], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  return { stdout, stderr, status }
}

/** Runs a clone whose folder is mounted read-only, as root too meets it; without one, whether that can be done. */
function readOnly(folder?: string): { stdout: string; stderr: string; status: number | null } | undefined {
  const unshare = ['--map-root-user', '--mount']
  if (folder === undefined && spawnSync('unshare', [...unshare, 'true']).status !== 0) return undefined
  const mount = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" "$1/bin/lidvae.js"'
  const args = folder === undefined ? ['true'] : ['sh', '-c', mount, 'sh', folder, process.execPath]
  const { stdout, stderr, status } = spawnSync('unshare', [...unshare, ...args], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  return { stdout, stderr, status }
}

describe('bin/lidvae.js', () => {
  it('builds what is not built or has changed, once, and links the clone into itself', () =>
    inTemporary((folder) => {
      smallClone(folder)
      assert.deepEqual(run(folder), { stdout: 'one\n', stderr: 'lidvae: building from src …\n', status: 0 })
      assert.equal(realpathSync(path.join(folder, 'node_modules', 'lidvae')), realpathSync(folder))
      assert.deepEqual(run(folder), { stdout: 'one\n', stderr: '', status: 0 })

      program(folder, 'two')
      const soon = Date.now() / 1000 + 5
      utimesSync(path.join(folder, 'src', 'apps', 'cli', 'index.ts'), soon, soon)
      assert.equal(run(folder).stdout, 'two\n')

      writeFileSync(
        path.join(folder, 'src', 'apps', 'cli', 'index.ts'),
        'export const main = (): number => "text"\n',
      )
      utimesSync(path.join(folder, 'src', 'apps', 'cli', 'index.ts'), soon + 5, soon + 5)
      const broken = run(folder)
      assert.match(
        broken.stderr,
        /index\.ts\(1,\d+\): error TS2322.*\nlidvae: the build has errors, see above/,
      )
      assert.deepEqual(
        readdirSync(path.join(folder, 'node_modules')).filter((name) => name.startsWith('.lidvae')),
        [],
      )
    }))

  it(
    'runs the last build where a clone that cannot be written to has changed, and says so in one line',
    { skip: readOnly() ? false : 'needs the right to make mounts' },
    () =>
      inTemporary((folder) => {
        smallClone(folder)
        const unbuilt = readOnly(folder)!
        assert.deepEqual(
          [unbuilt.status, unbuilt.stderr],
          [
            1,
            `lidvae: it is not built, and ${folder} cannot be written to (EROFS). Build it as its owner.\n`,
          ],
        )
        run(folder)
        program(folder, 'two')
        const soon = Date.now() / 1000 + 5
        utimesSync(path.join(folder, 'src', 'apps', 'cli', 'index.ts'), soon, soon)
        const { status, stdout, stderr } = readOnly(folder)!
        const line = `lidvae: src has changed, but ${folder} cannot be written to (EROFS): the last build runs\n`
        assert.deepEqual([status, stdout, stderr], [0, 'one\n', line])
      }),
  )

  it('neither builds nor links where it is installed', () =>
    inTemporary((folder) => {
      smallClone(folder)
      run(folder)
      const installed = path.join(folder, 'elsewhere', 'lidvae')
      for (const name of ['bin', 'dist', 'package.json'])
        cpSync(path.join(folder, name), path.join(installed, name), { recursive: true })
      assert.deepEqual(run(installed), { stdout: 'one\n', stderr: '', status: 0 })
      assert.equal(existsSync(path.join(installed, 'node_modules')), false)
    }))

  it('says what to do where there is neither a build nor a compiler', () =>
    inTemporary((folder) => {
      cpSync(path.join(packageRoot(), 'bin'), path.join(folder, 'bin'), { recursive: true })
      const { stderr, status } = run(folder)
      assert.equal(stderr, 'lidvae: it is not built, and the compiler is not installed. Run: npm ci\n')
      assert.equal(status, 1)
      assert.match(readFileSync(path.join(folder, 'bin', 'lidvae.js'), 'utf8'), /^#!\/usr\/bin\/env node\n/)
    }))
})
