import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { cacheFolder, packageRoot } from '../../src/platform/places'
import { withEnvironment } from '../data/temporary'
import { inTemporary } from '../setup/prepareSupport'
import { typescript } from '../support/child'

const file = path.resolve(__dirname, '../../src/platform/places')

/** The paths as a process started in `cwd` sees them. */
function pathsIn(cwd: string, env: Record<string, string> = {}): Record<string, string | undefined> {
  const script = `const p = require(${JSON.stringify(file)}); process.chdir('/');
    console.log(JSON.stringify({ root: p.packageRoot(), cache: p.cacheFolder(), data: p.dataFolder(), start: p.fromStart('x') }))`
  const { stdout } = spawnSync(process.execPath, [...typescript, '-e', script], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: os.homedir(), ...env },
  })
  return JSON.parse(stdout) as Record<string, string | undefined>
}

describe('paths', () => {
  it('finds the package from its sources', () => {
    const manifest = JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as {
      name: string
    }
    assert.equal(manifest.name, 'lidvae')
    assert.ok(existsSync(path.join(packageRoot(), 'src', 'platform', 'places.ts')))
  })

  it('counts relative folders from where the command was started, whatever happens later', () =>
    inTemporary((folder) => {
      const found = pathsIn(folder, { LIDVAE_DATA: '../data', LIDVAE_CACHE: 'kept' })
      assert.equal(found.data, path.join(path.dirname(folder), 'data'))
      assert.equal(found.cache, path.join(folder, 'kept'))
      assert.equal(found.start, path.join(folder, 'x'))
    }))

  it('refuses a file as the cache, instead of a cache in which nothing is found', async () => {
    const file = path.join(packageRoot(), 'package.json')
    await withEnvironment({ LIDVAE_CACHE: file }, () => {
      assert.throws(() => cacheFolder(), {
        name: 'ArgumentError',
        message: `\`LIDVAE_CACHE\` must be a folder, got '${file}'. It is a file.`,
      })
      return Promise.resolve()
    })
  })

  it('counts them from where the person stood when npm runs a script of the package', () =>
    inTemporary((folder) => {
      const typedIn = path.join(folder, 'deep')
      mkdirSync(typedIn)
      const npm = {
        npm_lifecycle_event: 'start',
        npm_package_json: path.join(folder, 'package.json'),
        INIT_CWD: typedIn,
      }
      assert.equal(pathsIn(folder, { ...npm, LIDVAE_DATA: '..' }).data, folder)
      // A program further down that npm only happens to be an ancestor of.
      assert.equal(pathsIn(typedIn, { ...npm, INIT_CWD: '/', LIDVAE_DATA: '..' }).data, folder)
    }))

  it('names no data folder and the user’s cache where nothing is set', () =>
    inTemporary((folder) => {
      const found = pathsIn(folder, { XDG_CACHE_HOME: path.join(folder, 'xdg') })
      assert.equal(found.data, undefined)
      if (process.platform === 'linux') assert.equal(found.cache, path.join(folder, 'xdg', 'lidvae'))
    }))
})
