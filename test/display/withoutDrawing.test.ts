import assert from 'node:assert/strict'
import Module from 'node:module'
import path from 'node:path'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { existsSync } from 'node:fs'
import { EngineError } from '../../src/base/errors'
import { save } from '../../src/display/save'
import { bundle } from '../../src/display/show'
import { forgetResvg } from '../../src/platform/resvg'
import { inFolder } from '../data/temporary'
import { example } from '../plots/examples'

type Load = (name: string, ...rest: unknown[]) => unknown

describe('on a machine without the part that draws pictures', () => {
  beforeEach(() => {
    const loader = Module as unknown as { _load: Load }
    const load = loader._load
    mock.method(loader, '_load', (name: string, ...rest: unknown[]) => {
      if (name.startsWith('@resvg/')) throw new Error("Cannot find module '@resvg/x'\nRequire stack:\n- a")
      return load.call(Module, name, ...rest)
    })
    forgetResvg()
  })
  afterEach(() => {
    mock.restoreAll()
    forgetResvg()
  })

  it('a chart is shown all the same, and the reason is said once, in one line', () => {
    const warn = mock.method(console, 'warn', () => undefined)
    const formats = [bundle(example('comparison')), bundle(example('comparison'))].map(({ data }) =>
      Object.keys(data),
    )
    assert.deepEqual(formats[1], formats[0])
    assert.ok(formats[0].includes('image/svg+xml') && !formats[0].includes('image/png'))
    assert.equal(warn.mock.callCount(), 1)
    assert.match(
      String(warn.mock.calls[0].arguments[0]),
      /^PNG pictures are drawn by [^\n]*npm install[^\n]*$/,
    )
  })

  it('all formats but PNG are saved', () =>
    inFolder((folder) => {
      const file = (ending: string) => path.join(folder, `chart.${ending}`)
      for (const ending of ['svg', 'html', 'json'])
        assert.ok(existsSync(save(example('comparison'), file(ending))))
      assert.throws(() => save(example('comparison'), file('png')), EngineError)
      assert.equal(existsSync(file('png')), false)
      return Promise.resolve()
    }))
})
