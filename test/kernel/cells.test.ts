import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CellExecutor, Cells, type ExecuteReply } from '../../src/kernel/cells'

const nothing = () => undefined

/** Cells over an executor that runs JavaScript bodies given by name. */
function cellsWith(bodies: Record<string, (cells: Cells) => boolean | Promise<boolean>>) {
  const cells = new Cells(false)
  const executor: CellExecutor = { execute: async (code) => bodies[code](cells), interrupt: nothing }
  // Not attached: the test runner must keep hearing of its own rejections.
  Object.assign(cells, { executor })
  const sent: string[] = []
  const run = (code: string, request = {}): Promise<ExecuteReply> =>
    cells.run({ code, ...request }, (type) => void sent.push(type), nothing)
  return { run, sent }
}

const fail = (cells: Cells) => {
  cells.console.error(new TypeError('no'))
  return false
}

describe('Cells', () => {
  it('numbers cells and answers with their number', async () => {
    const { run, sent } = cellsWith({ fine: () => true })
    assert.deepEqual(await run('fine'), { status: 'ok', execution_count: 1 })
    assert.deepEqual(await run('fine', { silent: true }), { status: 'ok', execution_count: 1 })
    assert.deepEqual(await run('fine'), { status: 'ok', execution_count: 2 })
    assert.deepEqual(sent, ['execute_input', 'execute_input'])
  })

  it('runs one after the other', async () => {
    const order: string[] = []
    const { run } = cellsWith({
      slow: async () => {
        await new Promise((later) => setTimeout(later, 20))
        return order.push('slow') > 0
      },
      quick: () => order.push('quick') > 0,
    })
    await Promise.all([run('slow'), run('quick')])
    assert.deepEqual(order, ['slow', 'quick'])
  })

  it('sends an error and aborts the cells that were waiting, unless told not to', async () => {
    const { run, sent } = cellsWith({ fail, fine: () => true })
    const [first, second] = await Promise.all([run('fail'), run('fine')])
    assert.deepEqual([first.status, first.ename, first.evalue], ['error', 'TypeError', 'no'])
    assert.equal(second.status, 'aborted')
    assert.deepEqual(sent, ['execute_input', 'error'])
    const again = cellsWith({ fail, fine: () => true })
    const replies = await Promise.all([again.run('fail', { stop_on_error: false }), again.run('fine')])
    assert.deepEqual(
      replies.map(({ status }) => status),
      ['error', 'ok'],
    )
  })

  it('reports a failure of the compiler itself as an error of the cell', async () => {
    const { run } = cellsWith({
      broken: () => {
        throw new Error('inside the compiler')
      },
    })
    const { status, evalue } = await run('broken')
    assert.deepEqual([status, evalue], ['error', 'inside the compiler'])
  })

  it('does not begin a cell for which Stop was pressed while it was compiled', async () => {
    for (const compiled of ['began()', '(async () => {})()']) {
      let began = 0
      const { run } = cellsWith({
        stopped: ({ interruption }) => {
          interruption.press()
          assert.throws(() => interruption.guard(compiled, () => Promise.resolve(began++)), /was stopped/)
          return false
        },
      })
      assert.equal((await run('stopped')).ename, 'Interrupted')
      assert.equal(began, 0)
    }
  })
})
