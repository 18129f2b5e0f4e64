import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { withRoomForLookups } from '../../src/kernel/timers'

/** A system as tslab makes it, with room for one timer. */
function roomForOne() {
  let waiting: { ring: () => void } | undefined
  return {
    folder: 'here',
    ring: () => waiting?.ring(),
    setTimeout(ring: () => void) {
      if (waiting) throw new Error('Unexpected pending rebuildTimer')
      return (waiting = { ring })
    },
    clearTimeout(timer: unknown) {
      if (timer !== waiting) throw new Error('clearing unexpected timer')
      waiting = undefined
    },
  }
}

describe('timers of the kernel’s compiler', () => {
  const compiled: string[] = []
  const updateProgram = () => void compiled.push('compiled')
  // The compiler's own name, by which it is told apart.
  const invalidateResolutionsOfFailedLookup = () => assert.fail('need not ring')

  it('has room for looking again beside the next compilation, in either order', () => {
    for (const order of [
      [invalidateResolutionsOfFailedLookup, updateProgram],
      [updateProgram, invalidateResolutionsOfFailedLookup],
    ]) {
      const tslab = roomForOne()
      const system = withRoomForLookups(tslab)
      const timers = order.map((callback) => system.setTimeout(callback, 250))
      tslab.ring()
      assert.deepEqual(compiled.splice(0), ['compiled'])
      for (const timer of timers) system.clearTimeout(timer)
      system.clearTimeout(system.setTimeout(updateProgram, 250))
    }
  })

  it('leaves all else as tslab has it, also what is set later', () => {
    const tslab = roomForOne()
    const system = withRoomForLookups(tslab) as unknown as typeof tslab
    tslab.folder = 'there'
    assert.equal(system.folder, 'there')
    system.setTimeout(updateProgram)
    assert.throws(() => system.setTimeout(updateProgram), /pending rebuildTimer/)
    assert.throws(() => system.clearTimeout({}), /unexpected timer/)
  })
})
