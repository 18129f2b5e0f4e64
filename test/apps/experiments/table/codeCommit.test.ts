import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import { codeCommit } from '../../../../src/apps/experiments/table/codeCommit'
import { inTemporary } from '../../../setup/prepareSupport'

it('the commit of a clone is dirty where code differs from it, and not where results do', () =>
  inTemporary((folder) => {
    const git = (...given: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...given], {
        cwd: folder,
        encoding: 'utf8',
      })
    const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text)
    assert.equal(codeCommit(folder), undefined)
    git('init', '-q')
    mkdirSync(path.join(folder, 'results'))
    write('code.ts', '1')
    write(path.join('results', 'one.json'), '1')
    git('add', '.')
    git('commit', '-qm', 'first')
    const clean = git('rev-parse', '--short', 'HEAD').trim()
    assert.equal(codeCommit(folder), clean)
    write(path.join('results', 'one.json'), '2')
    write(path.join('results', 'two.json'), '2')
    assert.equal(codeCommit(folder), clean)
    write('code.ts', '2')
    assert.equal(codeCommit(folder), `${clean}-dirty`)
  }))
