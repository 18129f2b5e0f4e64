import { before, describe, it } from 'node:test'
import { startEngine, type EngineName } from '../../src/compute/engine'
import { findNative } from '../../src/compute/native/native'

export type TestedEngine = Extract<EngineName, 'native' | 'wasm'>

/**
 * The engines to test on: native where it is prepared, and WASM. `LIDVAE_TEST_ENGINES=native,wasm` names
 * them, and then one that is missing is a failure.
 */
function testedEngines(): { engine: TestedEngine; missing?: string }[] {
  const native = findNative()
  const missing = native.found ? undefined : `the native engine is missing: ${native.why}`
  const named = process.env.LIDVAE_TEST_ENGINES
  if (named === undefined)
    return native.found ? [{ engine: 'native' }, { engine: 'wasm' }] : [{ engine: 'wasm' }]
  return named.split(',').map((name) => {
    const engine = name.trim()
    if (engine === 'native') return { engine, missing }
    if (engine === 'wasm') return { engine }
    throw new Error(`LIDVAE_TEST_ENGINES must be native, wasm or both, with a comma between, got '${named}'`)
  })
}

/**
 * The same tests on every engine, a `describe` each; the engine is ready before the first.
 *
 * @param title what is tested.
 * @param define defines the tests; told which engine they run on.
 * @example
 * onEachEngine('dense', () => it('is affine', () => {}))
 */
export function onEachEngine(title: string, define: (engine: TestedEngine) => void): void {
  for (const { engine, missing } of testedEngines())
    describe(`${title} (${engine})`, () => {
      if (missing !== undefined) {
        it('has its engine', () => {
          throw new Error(missing)
        })
        return
      }
      before(() => startEngine({ engine, quiet: true }))
      define(engine)
    })
}

/** True where the native engine is among those tested and prepared. */
export const nativeIsTested = (): boolean =>
  testedEngines().some(({ engine, missing }) => engine === 'native' && missing === undefined)
