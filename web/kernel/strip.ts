// Cells without a compiler, while it loads: types are removed, and top-level names are put where later cells see them.
import { parse } from 'acorn'
import { transform } from 'sucrase'

interface Node {
  type: string
  start: number
  end: number
  [part: string]: unknown
}

interface Edit {
  from: number
  to: number
  text: string
}

/** The names that a pattern declares. */
function namesIn(pattern: Node | null | undefined): string[] {
  if (!pattern) return []
  const nodes = (key: string): Node[] => (pattern[key] as (Node | null)[]).flatMap((one) => one ?? [])
  if (pattern.type === 'Identifier') return [pattern.name as string]
  if (pattern.type === 'ObjectPattern')
    return nodes('properties').flatMap((one) =>
      namesIn((one.type === 'RestElement' ? one.argument : one.value) as Node),
    )
  if (pattern.type === 'ArrayPattern') return nodes('elements').flatMap(namesIn)
  if (pattern.type === 'AssignmentPattern') return namesIn(pattern.left as Node)
  return pattern.type === 'RestElement' ? namesIn(pattern.argument as Node) : []
}

/** Every node at or below this one. */
function* below(node: Node): Generator<Node, void> {
  yield node
  for (const part of Object.values(node).flat())
    if (typeof part === 'object' && part !== null && 'type' in part) yield* below(part as Node)
}

/** As many line breaks as a text has, so that later lines keep their numbers. */
const breaks = (text: string): string => '\n'.repeat(text.split('\n').length - 1)

/**
 * The text of an async function that runs a cell; it returns the value of the last expression. Lines stay where they
 * are. `importing` is the name of the function that imports.
 *
 * @returns the text, and the names that it assigns on the global object
 */
export function strip(code: string, importing: string): { js: string; names: string[] } {
  const js = transform(code, {
    transforms: ['typescript'],
    disableESTransforms: true,
    keepUnusedImports: true,
  }).code
  const options = { ecmaVersion: 'latest', sourceType: 'module', allowAwaitOutsideFunction: true } as const
  const { body } = parse(js, options) as unknown as { body: Node[] }
  const edits: Edit[] = []
  const names: string[] = []
  let hoisted = ''
  const edit = (from: number, to: number, text: string): void => void edits.push({ from, to, text })

  const takeImport = (node: Node): void => {
    const module = JSON.stringify((node.source as Node).value)
    const parts = (node.specifiers as Node[]).map((one) => {
      const local = (one.local as Node).name as string
      names.push(local)
      const imported = one.imported as Node | undefined
      const member =
        one.type === 'ImportNamespaceSpecifier' ? '' : `[${JSON.stringify(imported?.name ?? 'default')}]`
      return `${local} = (await ${importing}(${module}))${member}`
    })
    const text = parts.length > 0 ? parts.join('; ') : `await ${importing}(${module})`
    edit(node.start, node.end, `;${text};${breaks(js.slice(node.start, node.end))}`)
  }

  const takeVariables = (node: Node): void => {
    const parts = node.declarations as Node[]
    parts.forEach((part, i) => {
      names.push(...namesIn(part.id as Node))
      if (!part.init) edit(part.end, part.end, ' = undefined')
      if (i > 0) edit(parts[i - 1].end, part.start, `),(${breaks(js.slice(parts[i - 1].end, part.start))}`)
    })
    // Only the words between are changed: `const a = 1, b = 2` becomes `;(a = 1),(b = 2);`.
    edit(node.start, parts[0].start, ';(')
    edit(parts[parts.length - 1].end, node.end, ');')
  }

  for (const outer of body) {
    const inner = outer.type === 'ExportNamedDeclaration' ? (outer.declaration as Node | null) : null
    if (inner) edit(outer.start, inner.start, '')
    const node = inner ?? outer
    if (node.type === 'ImportDeclaration') takeImport(node)
    else if (node.type === 'VariableDeclaration') takeVariables(node)
    else if (node.type === 'FunctionDeclaration') {
      const name = (node.id as Node).name as string
      names.push(name)
      hoisted += `globalThis.${name} = ${name};`
    } else if (node.type === 'ClassDeclaration') {
      const name = (node.id as Node).name as string
      names.push(name)
      edit(node.start, node.start, `;${name} = `)
      edit(node.end, node.end, ';')
    }
    // `await import('lidvae')`: a worker's own import does not know the name.
    for (const one of below(outer))
      if (one.type === 'ImportExpression') edit(one.start, one.start + 'import'.length, importing)
  }
  const last = body[body.length - 1]
  if (last?.type === 'ExpressionStatement') {
    edit(last.start, last.start, ';return (')
    edit((last.expression as Node).end, last.end, ');')
  }
  let text = js
  const order = edits.map((one, i) => ({ ...one, i })).sort((a, b) => b.from - a.from || b.i - a.i)
  for (const { from, to, text: by } of order) text = text.slice(0, from) + by + text.slice(to)
  return { js: hoisted + text, names }
}
