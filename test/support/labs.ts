import ts from 'typescript'
import * as lid from '../../src'
import { cellsOf, type Version } from '../../src/apps/labs/master'
import type { Lab } from '../../src/apps/labs/make'

/** The code of each exercise of a lab, as students get it or solved. */
export const exerciseCells = ({ master }: Lab, version: Version): Map<string, string> =>
  new Map(
    cellsOf(master, version).flatMap(({ exercise, source }) =>
      exercise === undefined ? [] : [[exercise, source] as const],
    ),
  )

/**
 * The answer that an exercise's cell hands to `lid.check`: the tested version of a lab, run without a kernel.
 *
 * @example
 * answerIn("const f = (x: number) => x\nawait lid.check('name', f)") // (x) => x
 */
export function answerIn(source: string): (...args: never[]) => unknown {
  const handed = source.replace(/^await lid\.check\('[\w-]+', (\w+)\)$/m, 'return $1')
  if (handed === source) throw new Error(`the cell checks no answer:\n${source}`)
  const { outputText } = ts.transpileModule(handed, { compilerOptions: { target: ts.ScriptTarget.ES2022 } })
  // The cell's own code, which the kernel would run with lidvae imported.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  return (new Function('lid', outputText) as (library: typeof lid) => (...args: never[]) => unknown)(lid)
}
