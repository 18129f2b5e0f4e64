import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import ts from 'typescript'
import { canThrow, compile, docOf, functionOf, publicNames, type Doc, type PublicName } from './publicApi'

/** What examples may take for granted, as in a notebook where the cells above them have run. */
const prelude = `
import * as lid from './index'
declare const model: lid.Model, plain: lid.Model, identifiable: lid.Model
declare const train: lid.DataSet, test: lid.DataSet
declare const likelihood: lid.Likelihood
declare const evaluation: lid.Evaluation
declare const diagnosis: lid.Diagnosis, diagnosisA: lid.Diagnosis, diagnosisB: lid.Diagnosis
declare const history: lid.History, historyA: lid.History, historyB: lid.History
declare const z: lid.tf.Tensor
declare const seed: number, step: number
`

let program: ts.Program
let names: PublicName[]
let docs: Map<PublicName, Doc>
before(() => {
  program = compile()
  names = publicNames(program)
  docs = new Map(names.map((one) => [one, docOf(program, one)]))
})

const callables = () => names.filter(({ kind }) => kind === 'function' || kind === 'method')
const tags = (one: PublicName, name: string) => docs.get(one)!.tags.filter((tag) => tag.name === name)
const fails = (which: PublicName[], why: (one: PublicName) => string | undefined) =>
  which.flatMap((one) => {
    const what = why(one)
    return what === undefined ? [] : [`${one.name}: ${what}`]
  })

describe('doc comments of public names', () => {
  it('finds the front door', () => {
    for (const wanted of ['fit', 'data.fashionMnist', 'plots.collapse', 'DataSet.take', 'FitOptions.epochs'])
      assert.ok(
        names.some(({ name }) => name === wanted),
        wanted,
      )
    assert.ok(callables().length >= 50, `${callables().length} functions and methods`)
  })

  it('say in a sentence what it is, every option and member included', () => {
    const wrong = fails(names, (one) => {
      const { summary } = docs.get(one)!
      if (summary === '') return 'has no doc comment'
      return undefined
    })
    assert.deepEqual(wrong, [])
  })

  it('name every argument of a function, and nothing else', () => {
    const wrong = fails(callables(), (one) => {
      const parameters = functionOf(one.declaration)!.parameters.map(({ name }) => name.getText())
      const given = tags(one, 'param').map(({ text }) => text.split(/\s+/)[0])
      const empty = tags(one, 'param').filter(({ text }) => text.split(/\s+/).length < 2)
      if (empty.length > 0) return `says nothing of ${empty.map(({ text }) => text).join(', ')}`
      const same = parameters.length === given.length && parameters.every((name, i) => name === given[i])
      return same ? undefined : `takes (${parameters.join(', ')}), documents (${given.join(', ')})`
    })
    assert.deepEqual(wrong, [])
  })

  it('say what comes back', () => {
    const checker = program.getTypeChecker()
    const wrong = fails(callables(), (one) => {
      const signature = checker.getSignatureFromDeclaration(functionOf(one.declaration)!)!
      const type = checker.typeToString(checker.getReturnTypeOfSignature(signature))
      const nothing = type === 'void' || type === 'Promise<void>'
      return nothing || tags(one, 'returns').some(({ text }) => text !== '') ? undefined : 'no @returns'
    })
    assert.deepEqual(wrong, [])
  })

  it('give the shape of tensors and of arrays of numbers', () => {
    const checker = program.getTypeChecker()
    const ofNumbers = /^(tf\.)?(Tensor|Variable)\b|^(Promise<)?(Float32|Float64|Int32)Array\b/
    const wrong = fails(callables(), (one) => {
      const f = functionOf(one.declaration)!
      const unsaid = f.parameters
        .filter((parameter) => ofNumbers.test(checker.typeToString(checker.getTypeAtLocation(parameter))))
        .map(({ name }) => name.getText())
        .filter((name) => !tags(one, 'param').some(({ text }) => text.startsWith(name) && shape.test(text)))
      const signature = checker.getSignatureFromDeclaration(f)!
      const returns = checker.typeToString(checker.getReturnTypeOfSignature(signature))
      if (ofNumbers.test(returns) && !tags(one, 'returns').some(({ text }) => shape.test(text)))
        unsaid.push('what comes back')
      return unsaid.length > 0 ? `no shape of ${unsaid.join(', ')}` : undefined
    })
    assert.deepEqual(wrong, [])
  })

  it('say which errors come, where any can', () => {
    const checker = program.getTypeChecker()
    const wrong = fails(callables(), (one) =>
      canThrow(checker, functionOf(one.declaration)!) && !tags(one, 'throws').some(({ text }) => text !== '')
        ? 'can throw, and has no @throws'
        : undefined,
    )
    assert.deepEqual(wrong, [])
  })

  it('give sources that say something, and a formula or a source for every metric and model', () => {
    const empty = fails(names, (one) =>
      tags(one, 'see').some(({ text }) => text.length < 8) ? 'an empty @see' : undefined,
    )
    assert.deepEqual(empty, [])
    const mathematics = callables().filter(({ declaration }) =>
      /\/src\/(metrics|models\/builders|layers|distributions)/.test(declaration.getSourceFile().fileName),
    )
    const wrong = fails(mathematics, (one) => {
      const { summary } = docs.get(one)!
      const hasFormula = /[=~≥∇Σ‖|]/.test(summary)
      return hasFormula || tags(one, 'see').length > 0 ? undefined : 'neither formula nor @see'
    })
    assert.deepEqual(wrong, [])
  })

  it('have an example that names the function and compiles', () => {
    const examples = callables().flatMap((one) => tags(one, 'example').map(({ text }) => ({ one, text })))
    const without = fails(callables(), (one) => {
      const mine = tags(one, 'example')
      const name = one.name.split('.').at(-1)!
      if (mine.length === 0) return 'no @example'
      return mine.some(({ text }) => text.includes(name)) ? undefined : 'its @example does not use it'
    })
    assert.deepEqual(without, [])
    const classes = names.filter(({ kind }) => kind === 'class')
    for (const one of classes) for (const { text } of tags(one, 'example')) examples.push({ one, text })
    const bodies = examples.map(({ text }, i) => `export async function example${i}() {\n${text}\n}`)
    const file = 'src/examples.virtual.ts'
    const checked = compile({ [file]: `${prelude}\n${bodies.join('\n')}` })
    const source = checked.getSourceFiles().find(({ fileName }) => fileName.endsWith(file))!
    const problems = ts.getPreEmitDiagnostics(checked, source).map(({ start, messageText }) => {
      const before = source.text.slice(0, start).split('export async function example')
      const of = examples[Number(before.at(-1)!.split('(')[0])]?.one.name
      return `${of}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
    assert.deepEqual(problems, [])
  })
})

const shape = /\[[^\]]+\]/
