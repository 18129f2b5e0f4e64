import type * as typescript from 'typescript'

/** The compiler that tslab brings: its functions here are those of any. */
type Compiler = typeof typescript

const previousCells = '__prev__.d.ts'

/**
 * What tslab forgets: `{ epochs }`, where an earlier cell declared `epochs`, becomes `{ epochs: exports.epochs }`, as tslab does with the name anywhere
 * else. Without it the cell ends in "epochs is not defined".
 */
function expandShorthands(
  ts: Compiler,
  program: typescript.Program,
): typescript.TransformerFactory<typescript.SourceFile> {
  const checker = program.getTypeChecker()
  const isPrevious = (node: typescript.ShorthandPropertyAssignment): boolean =>
    checker
      .getShorthandAssignmentValueSymbol(node)
      ?.declarations?.some((one) => one.getSourceFile().fileName.endsWith(previousCells)) ?? false
  return (context) => {
    const { factory } = context
    const visit = (node: typescript.Node): typescript.Node => {
      if (!ts.isShorthandPropertyAssignment(node) || !isPrevious(node))
        return ts.visitEachChild(node, visit, context)
      const value = factory.createPropertyAccessExpression(
        factory.createIdentifier('exports'),
        node.name.text,
      )
      const fallback = node.objectAssignmentInitializer
      return factory.createPropertyAssignment(
        node.name.text,
        fallback
          ? factory.createAssignment(value, ts.visitNode(fallback, visit) as typescript.Expression)
          : value,
      )
    }
    return (file) => ts.visitEachChild(file, visit, context)
  }
}

/** The function by which the compiler makes its programs, with the expansion before whatever else is asked of `emit`. */
export function withShorthands(
  compiler: unknown,
  createProgram: (...args: unknown[]) => unknown,
): (...args: unknown[]) => unknown {
  return (...args) => {
    const builder = createProgram(...args) as typescript.EmitAndSemanticDiagnosticsBuilderProgram
    const emit = builder.emit.bind(builder)
    builder.emit = (file, write, token, onlyDeclarations, transformers) => {
      const expand = expandShorthands(compiler as Compiler, builder.getProgram())
      return emit(file, write, token, onlyDeclarations, {
        ...transformers,
        before: [expand, ...(transformers?.before ?? [])],
      })
    }
    return builder
  }
}
