import { parseSync, Visitor } from 'oxc-parser';

export interface Import {
  specifier: string;
  line: number;
  /** Nothing of it is left when the types are stripped. `import { type A }` is not: the import itself stays. */
  typeOnly: boolean;
}

/**
 * Every module that a file names: import and export statements, import() and require() with a literal, and types written as
 * import('…'). Read from the syntax tree, so that words in strings, comments and page text are not taken for imports.
 */
export function readImports(file: string, source: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: unknown, position: number, typeOnly: boolean) => {
    if (typeof specifier !== 'string') return;
    found.push({ specifier, line: source.slice(0, position).split('\n').length, typeOnly });
  };

  const { program, errors } = parseSync(file, source);
  if (errors[0] !== undefined) throw new Error(`${file} is not understood: ${errors[0].message}`);
  new Visitor({
    ImportDeclaration: (node) => add(node.source.value, node.start, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => add(node.source?.value, node.start, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source.value, node.start, node.exportKind === 'type'),
    ImportExpression: (node) => add(literal(node.source), node.start, false),
    TSImportType: (node) => add(literal(node.source), node.start, true),
    TSExternalModuleReference: (node) => add(literal(node.expression), node.start, false),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require')
        add(literal(node.arguments[0]), node.start, false);
    },
  }).visit(program);
  return found;
}

function literal(node: { type: string } | undefined): unknown {
  return node?.type === 'Literal' && 'value' in node ? node.value : undefined;
}
