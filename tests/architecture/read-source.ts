import { parseSync, Visitor } from 'oxc-parser';

export interface Source {
  /** What the file imports or re-exports, types included, as it is written. */
  readonly specifiers: readonly string[];
  readonly usesConsole: boolean;
  readonly lines: number;
}

/** Reads one TypeScript or JavaScript file. Throws when it cannot be parsed, so that nothing is passed over. */
export function readSource(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const specifiers: string[] = [];
  let usesConsole = false;
  const add = (node: { readonly type: string; readonly value?: unknown } | null | undefined) => {
    if (typeof node?.value === 'string') specifiers.push(node.value);
  };
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    MemberExpression: ({ object }) => {
      usesConsole ||= object.type === 'Identifier' && object.name === 'console';
    },
  }).visit(program);
  return { specifiers, usesConsole, lines: text.trimEnd().split('\n').length };
}
