import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { jupyterEnvironment, jupyterState, kernelState } from '../../src/setup/jupyter'
import { kernelEnvironment } from '../../src/runner/run'
import { compile, docOf, publicNames, root, type PublicName } from '../package/publicApi'

const first = `import * as lid from 'lidvae'`

interface Answer {
  error: string | null
  texts: (string | null)[]
}

/** A line that mentions a name, and the place of the name's last part in it. */
function mention({ name, kind, declaration }: PublicName, i: number): { line: string; at: number } {
  const [owner, last] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)]
  const isStatic = /^\s*(\/\*[^]*?\*\/\s*)?static\b/.test(declaration.getFullText())
  const ofAValue = (kind === 'member' || kind === 'method') && !isStatic
  const isType = kind === 'interface' || kind === 'type'
  const line = ofAValue
    ? `declare const of${i}: lid.${owner}; of${i}${last.startsWith("'") ? `[${last}]` : `.${last}`}\n`
    : `${isType ? `type T${i} = ` : ''}lid.${name}\n`
  // Within the quotes of a name that has them.
  return { line, at: line.lastIndexOf(last) + (last.startsWith("'") ? 1 : 0) }
}

async function ask(names: readonly PublicName[]): Promise<Answer> {
  let code = `${first}\n`
  const places = names.map((one, i) => {
    const { line, at } = mention(one, i)
    code += line
    return code.length - line.length + at
  })
  const { python } = jupyterState()
  const child = spawn(python, [path.join(__dirname, 'shift_tab.py'), path.join(root, 'notebooks')], {
    env: { ...jupyterEnvironment(), ...kernelEnvironment() },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [out, noise] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (noise += text))
  child.stdin.end(JSON.stringify({ first, code, places }))
  const status = await new Promise((resolve) => child.on('close', resolve))
  assert.equal(status, 0, noise)
  return JSON.parse(out) as Answer
}

/** As the kernel prints a comment: what a link points to, in place of the link. */
const plain = (text: string) =>
  text
    .replace(/\{@link (\w+)\}/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()

const missing = [jupyterState(), kernelState()].map(({ why }) => why).find((why) => why !== undefined)
// On a machine that checks for everybody, a test left out would go unnoticed.
const skip = missing !== undefined && process.env.CI !== 'true' ? `no kernel: ${missing}` : false

describe('Shift-Tab in the tslab kernel', { skip }, () => {
  let names: PublicName[]
  let summaries: string[]
  let answer: Answer
  before(async () => {
    assert.equal(missing, undefined)
    const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'bin/lidvae.js'), '--only-build'])
    assert.equal(status, 0, String(stderr))
    const program = compile()
    // A class that stands in two groups is asked for once.
    names = [...new Map(publicNames(program).map((one) => [one.symbol, one])).values()]
    summaries = names.map((one) => docOf(program, one).summary)
    answer = await ask(names)
  })

  it('imports the library', () => assert.equal(answer.error, null))

  it('shows the documentation of every public name and member', () => {
    assert.ok(names.length > 250, `${names.length} names`)
    const wrong = names.flatMap(({ name }, i) => {
      const text = answer.texts[i]
      if (text === null) return [`${name}: the kernel finds nothing`]
      if (text.includes('{@')) return [`${name}: the kernel prints its {@link} as it stands`]
      return plain(text).includes(plain(summaries[i])) ? [] : [`${name}: shows only '${plain(text)}'`]
    })
    assert.deepEqual(wrong, [])
  })

  it('shows arguments, results and examples of functions', () => {
    const functions = names.flatMap(({ kind }, i) => (kind === 'function' ? [answer.texts[i] ?? ''] : []))
    assert.ok(functions.length >= 40)
    for (const text of functions) assert.match(text, /lid\./, text)
  })
})
