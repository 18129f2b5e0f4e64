import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { strip } from '../../web/kernel/strip'

describe('a cell without a compiler', () => {
  const modules: Record<string, object> = { lidvae: { two: 2, default: 'all' } }
  const run = async (code: string): Promise<unknown> => {
    const { js } = strip(code, 'importing')
    type Importing = (name: string) => Promise<object>
    type Cell = new (name: string, body: string) => (importing: Importing) => Promise<unknown>
    const make = (Object.getPrototypeOf(run) as { constructor: Cell }).constructor
    return new make('importing', js)((name) => Promise.resolve(modules[name]))
  }

  it('imports by statements and by expressions, inside functions too', async () => {
    assert.equal(await run("import * as lid from 'lidvae'\nlid.two"), 2)
    assert.equal(await run("const { two } = await import('lidvae')\ntwo"), 2)
    assert.equal(await run("const again = (await import('lidvae')).two as number\nagain + 1"), 3)
    assert.equal(await run("const load = async () => (await import('lidvae')).two\nawait load()"), 2)
  })
})
