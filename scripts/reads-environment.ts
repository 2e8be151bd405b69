import ts from 'typescript'

const isProcess = (node: ts.Node | undefined): boolean =>
  node !== undefined &&
  ((ts.isIdentifier(node) && node.text === 'process') || (ts.isPropertyAccessExpression(node) && node.name.text === 'process'))

const named = (elements: readonly (ts.BindingElement | ts.ImportSpecifier)[]) =>
  elements.some(({ propertyName, name }) => (propertyName ?? name).getText() === 'env')

/** `process.env` in any of its forms: `process['env']`, `const { env } = process`, `import { env } from 'node:process'`. */
function reads(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'env' && isProcess(node.expression)
  if (ts.isElementAccessExpression(node))
    return ts.isStringLiteralLike(node.argumentExpression) && node.argumentExpression.text === 'env' && isProcess(node.expression)
  if (ts.isVariableDeclaration(node))
    return ts.isObjectBindingPattern(node.name) && isProcess(node.initializer) && named(node.name.elements)
  if (ts.isImportDeclaration(node)) {
    const bindings = node.importClause?.namedBindings
    const module = ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : ''
    return /^(node:)?process$/.test(module) && bindings !== undefined && ts.isNamedImports(bindings) && named(bindings.elements)
  }
  return false
}

export function readsEnvironment(file: string, text: string): boolean {
  const visit = (node: ts.Node): boolean => reads(node) || (ts.forEachChild(node, visit) ?? false)
  return visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
}
