import type * as typescript from 'typescript'

/** The compiler that tslab bundles. */
type Compiler = typeof typescript

const previousCells = '__prev__.d.ts'

/**
 * Fixes errors of tslab when it turns `epochs`, declared in an earlier cell, into `exports.epochs`. It
 * forgets the shorthand `{ epochs }`, and the cell ends in "epochs is not defined": here it becomes
 * `{ epochs: exports.epochs }`. And it takes `metrics` in `const { metrics: m } = row` for a variable where
 * the type of `row` is declared in an earlier cell: here it becomes a string, which tslab leaves alone.
 */
function rewritePropertyNames(
  ts: Compiler,
  program: typescript.Program,
): typescript.TransformerFactory<typescript.SourceFile> {
  const checker = program.getTypeChecker()
  const isPrevious = (symbol: typescript.Symbol | undefined): boolean =>
    symbol?.declarations?.some((one) => one.getSourceFile().fileName.endsWith(previousCells)) ?? false
  return (context) => {
    const { factory } = context
    const shorthand = (node: typescript.ShorthandPropertyAssignment): typescript.Node => {
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
    const visit = (node: typescript.Node): typescript.Node => {
      if (ts.isShorthandPropertyAssignment(node))
        return isPrevious(checker.getShorthandAssignmentValueSymbol(node))
          ? shorthand(node)
          : ts.visitEachChild(node, visit, context)
      const within = ts.visitEachChild(node, visit, context)
      if (ts.isBindingElement(node) && node.propertyName && ts.isIdentifier(node.propertyName)) {
        const { dotDotDotToken, name, initializer } = within as typescript.BindingElement
        const text = factory.createStringLiteral(node.propertyName.text)
        return factory.updateBindingElement(
          within as typescript.BindingElement,
          dotDotDotToken,
          text,
          name,
          initializer,
        )
      }
      if (
        ts.isPropertyAssignment(node) &&
        ts.isIdentifier(node.name) &&
        isPrevious(checker.getSymbolAtLocation(node.name))
      ) {
        const { initializer } = within as typescript.PropertyAssignment
        const text = factory.createStringLiteral(node.name.text)
        return factory.updatePropertyAssignment(within as typescript.PropertyAssignment, text, initializer)
      }
      return within
    }
    return (file) => ts.visitEachChild(file, visit, context)
  }
}

/** The function by which the compiler makes its programs, with the names corrected before `emit`. */
export function withPropertyNames(
  compiler: unknown,
  createProgram: (...args: unknown[]) => unknown,
): (...args: unknown[]) => unknown {
  return (...args) => {
    const builder = createProgram(...args) as typescript.EmitAndSemanticDiagnosticsBuilderProgram
    const emit = builder.emit.bind(builder)
    builder.emit = (file, write, token, onlyDeclarations, transformers) => {
      const rewrite = rewritePropertyNames(compiler as Compiler, builder.getProgram())
      return emit(file, write, token, onlyDeclarations, {
        ...transformers,
        before: [rewrite, ...(transformers?.before ?? [])],
      })
    }
    return builder
  }
}
