import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Diagnosis } from '../../src/metrics/diagnose'
import type { showLive } from '../../src/display/show'
import { collapse, comparison, training, unitBars } from '../../src/plots'
import type { fit } from '../../src/training/fit'

/** Compiled, never called: what the library returns is what its plots take. */
export function accepted(
  diagnosis: Diagnosis,
  history: Awaited<ReturnType<typeof fit>>,
  live: typeof showLive,
) {
  return [
    collapse(diagnosis),
    collapse({ plain: diagnosis }),
    comparison({ plain: diagnosis }),
    unitBars({ plain: diagnosis }),
    unitBars(diagnosis),
    training(history),
    training({ plain: history }),
    live,
  ]
}

it('takes what diagnose and fit return (checked by the compiler)', () => {
  assert.equal(typeof accepted, 'function')
})
