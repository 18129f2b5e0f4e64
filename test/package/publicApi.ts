import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

export const root = path.resolve(__dirname, '..', '..')

/** A public name: `fit`, `data.fashionMnist`, `DataSet.take`. */
export interface PublicName {
  name: string
  kind: 'function' | 'method' | 'class' | 'interface' | 'type' | 'value' | 'group' | 'member'
  declaration: ts.Declaration
  /** The symbol its doc comment belongs to. */
  symbol: ts.Symbol
}

/** The front door as the compiler sees it. `more` are further files by name, that need not be on the disk. */
export function compile(more: Readonly<Record<string, string>> = {}): ts.Program {
  const file = path.join(root, 'tsconfig.json')
  const { config } = ts.readConfigFile(file, (name) => readFileSync(name, 'utf8')) as { config: object }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const host = ts.createCompilerHost(options)
  const read = host.readFile.bind(host)
  host.readFile = (name) => more[path.relative(root, name)] ?? read(name)
  host.fileExists = (name) => path.relative(root, name) in more || existsSync(name)
  const names = ['src/index.ts', ...Object.keys(more)].map((name) => path.join(root, name))
  return ts.createProgram(names, { ...options, noEmit: true }, host)
}

/**
 * Every public name, the members of groups, classes and interfaces included; TensorFlow.js, handed on as it
 * is, is left out.
 */
export function publicNames(program: ts.Program): PublicName[] {
  const checker = program.getTypeChecker()
  const front = checker.getSymbolAtLocation(program.getSourceFile(path.join(root, 'src/index.ts'))!)!
  return exportsOf(checker, front, '').flatMap((one) => [one, ...membersOf(checker, one)])
}

function exportsOf(checker: ts.TypeChecker, module: ts.Symbol, prefix: string): PublicName[] {
  return checker.getExportsOfModule(module).flatMap((exported): PublicName[] => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const name = prefix + exported.name
    // A function with properties of its own counts as a module too.
    const isFunction = (symbol.flags & ts.SymbolFlags.Function) !== 0
    if (symbol.flags & ts.SymbolFlags.ValueModule && !isFunction) {
      // The comment of a group stands above its `export * as`.
      const group: PublicName = {
        name,
        kind: 'group',
        declaration: exported.declarations![0],
        symbol: exported,
      }
      return name === 'tf' ? [group] : [group, ...exportsOf(checker, symbol, `${name}.`)]
    }
    const declaration = symbol.declarations!.find(ts.isFunctionDeclaration) ?? symbol.declarations![0]
    return [{ name, kind: kindOf(checker, declaration), declaration, symbol }]
  })
}

function kindOf(checker: ts.TypeChecker, declaration: ts.Declaration): PublicName['kind'] {
  if (ts.isClassDeclaration(declaration)) return 'class'
  if (ts.isInterfaceDeclaration(declaration)) return 'interface'
  if (ts.isTypeAliasDeclaration(declaration)) return 'type'
  return checker.getTypeAtLocation(declaration).getCallSignatures().length > 0 ? 'function' : 'value'
}

/** Public members of a class or interface, those it inherits left out. */
function membersOf(checker: ts.TypeChecker, { name, declaration }: PublicName): PublicName[] {
  if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) return []
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Override
  return declaration.members.flatMap((member): PublicName[] => {
    if (ts.isConstructorDeclaration(member) || !member.name) return []
    if (ts.getCombinedModifierFlags(member) & hidden) return []
    const symbol = checker.getSymbolAtLocation(member.name)!
    const kind = ts.isMethodDeclaration(member) ? 'method' : 'member'
    return [{ name: `${name}.${member.name.getText()}`, kind, declaration: member, symbol }]
  })
}

export interface Doc {
  summary: string
  tags: { name: string; text: string }[]
}

/** A doc comment in parts, as Shift-Tab shows it. */
export function docOf(program: ts.Program, { symbol }: PublicName): Doc {
  const checker = program.getTypeChecker()
  return {
    summary: ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim(),
    tags: symbol
      .getJsDocTags(checker)
      .map(({ name, text }) => ({ name, text: ts.displayPartsToString(text).trim() })),
  }
}

export type Callable =
  ts.FunctionDeclaration | ts.MethodDeclaration | ts.ArrowFunction | ts.FunctionExpression

/** The function behind a declaration: itself, or what a constant holds. */
export function functionOf(declaration: ts.Node): Callable | undefined {
  if (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration)) return declaration
  if (ts.isArrowFunction(declaration) || ts.isFunctionExpression(declaration)) return declaration
  return ts.isVariableDeclaration(declaration) && declaration.initializer
    ? functionOf(declaration.initializer)
    : undefined
}

/**
 * Whether a function can throw one of this project's errors to a person, itself or through functions and
 * constructors that it calls.
 */
export function canThrow(checker: ts.TypeChecker, start: ts.Node): boolean {
  const seen = new Set<ts.Node>()
  const visit = (node: ts.Node): boolean => {
    if (ts.isThrowStatement(node)) return true
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const target = targetOf(checker, node)
      if (target && !seen.has(target)) {
        seen.add(target)
        if (visit(target)) return true
      }
    }
    return ts.forEachChild(node, (child) => visit(child) || undefined) ?? false
  }
  return visit(start)
}

/** What a call runs, where that stands in src and can be told without running it. */
function targetOf(checker: ts.TypeChecker, call: ts.CallExpression | ts.NewExpression): ts.Node | undefined {
  const called = checker.getSymbolAtLocation(
    ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression,
  )
  const symbol = called && called.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(called) : called
  const declaration = symbol?.valueDeclaration
  if (!declaration?.getSourceFile().fileName.startsWith(path.join(root, 'src') + path.sep)) return undefined
  if (ts.isClassDeclaration(declaration)) return declaration.members.find(ts.isConstructorDeclaration)
  return functionOf(declaration)?.body
}
