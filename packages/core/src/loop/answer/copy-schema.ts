import { schemaKeywords, schemaListKeywords, schemaMapKeywords } from '../../request/schema-keywords.ts';

type Node = Readonly<Record<string, unknown>>;

/**
 * A copy of a schema for the validator, which writes on what it gets. Without ids, which it takes for the base of
 * references, and without annotations that are objects, which it takes for schemas.
 */
export function copySchema(schema: Node): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]) => copyKeyword(keyword, value)),
  );
}

function copyKeyword(keyword: string, value: unknown): [string, unknown][] {
  if (schemaMapKeywords.has(keyword) && isNode(value)) {
    const copies = Object.entries(value).map(([name, inner]) => [name, copyInner(inner)]);
    return [[keyword, Object.fromEntries(copies)]];
  }
  if (schemaListKeywords.has(keyword) && Array.isArray(value)) return [[keyword, value.map(copyInner)]];
  if (schemaKeywords.has(keyword)) return [[keyword, copyInner(value)]];
  const isKept = keyword !== '$id' && keyword !== 'id' && (!isNode(value) || keyword === 'const');
  return isKept ? [[keyword, value]] : [];
}

/** A list is one of property names, in `dependencies`. */
function copyInner(value: unknown): unknown {
  return isNode(value) ? copySchema(value) : value;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
