import { schemaKeywords, schemaListKeywords, schemaMapKeywords } from '../request/schema-keywords.ts';

/** A place in a JSON Schema that cannot be checked against. */
export interface SchemaFault {
  /** Keywords and names from the root on: `properties`, `age`, `type`. */
  readonly path: readonly string[];
  /** What was expected there, as the end of a sentence. */
  readonly expectation: string;
}

type Node = Readonly<Record<string, unknown>>;

interface Visit {
  /** The pointers of all schemas in it, which are what a reference may mean. */
  readonly pointers: Set<string>;
  readonly references: { readonly pointer: string; readonly path: readonly string[] }[];
}

/**
 * The first fault of a JSON Schema, or undefined. A schema here is one of draft 6 to 2020-12 without what would need another
 * document or other rules of look-up: references are `#` or `#/…` and lead to a schema of the same document. Keywords that
 * are not known are annotations, as the drafts have it.
 */
export function findSchemaFault(schema: unknown): SchemaFault | undefined {
  const visit: Visit = { pointers: new Set(), references: [] };
  const fault = visitSchema(schema, [], visit);
  if (fault !== undefined) return fault;
  const lost = visit.references.find(({ pointer }) => !visit.pointers.has(pointer));
  return lost && { path: lost.path, expectation: 'expected a reference to a schema within this one' };
}

function visitSchema(value: unknown, path: readonly string[], visit: Visit): SchemaFault | undefined {
  visit.pointers.add(path.map((step) => `/${step}`).join(''));
  if (typeof value === 'boolean') return undefined;
  if (!isNode(value)) return { path, expectation: 'expected a schema: an object or a boolean' };
  for (const [keyword, inner] of Object.entries(value)) {
    const fault = visitKeyword(keyword, inner, { path: [...path, keyword], visit });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function visitKeyword(
  keyword: string,
  value: unknown,
  { path, visit }: { readonly path: readonly string[]; readonly visit: Visit },
): SchemaFault | undefined {
  if (schemaKeywords.has(keyword) && !(keyword === 'items' && Array.isArray(value)))
    return visitSchema(value, path, visit);
  if (schemaListKeywords.has(keyword)) return visitList(value, path, visit);
  if (schemaMapKeywords.has(keyword)) return visitMap(keyword, value, { path, visit });
  if (keyword === '$ref') return visitReference(value, path, visit);
  const isRoot = path.length === 1;
  if (lookUpKeywords.has(keyword) && !isRoot)
    return { path, expectation: 'not supported here; leave it out' };
  const rule = rules.get(keyword);
  return rule === undefined || rule.holds(value) ? undefined : { path, expectation: rule.expectation };
}

function visitList(value: unknown, path: readonly string[], visit: Visit): SchemaFault | undefined {
  if (!Array.isArray(value) || value.length === 0) return { path, expectation: 'expected a list of schemas' };
  for (const [index, inner] of value.entries()) {
    const fault = visitSchema(inner, [...path, `${index}`], visit);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function visitMap(
  keyword: string,
  value: unknown,
  { path, visit }: { readonly path: readonly string[]; readonly visit: Visit },
): SchemaFault | undefined {
  if (!isNode(value)) return { path, expectation: 'expected an object of schemas' };
  for (const [name, inner] of Object.entries(value)) {
    const at = [...path, name];
    if (keyword === 'patternProperties' && !isPattern(name)) return { path: at, expectation: notAPattern };
    const fault = keyword === 'dependencies' && isTexts(inner) ? undefined : visitSchema(inner, at, visit);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function visitReference(value: unknown, path: readonly string[], visit: Visit): SchemaFault | undefined {
  const pointer = typeof value === 'string' && /^#(\/|$)/.test(value) ? decode(value.slice(1)) : undefined;
  if (pointer === undefined) {
    return {
      path,
      expectation: 'expected a local reference such as "#/$defs/name"; others are not followed',
    };
  }
  visit.references.push({ pointer, path });
  return undefined;
}

function decode(fragment: string): string | undefined {
  try {
    return decodeURIComponent(fragment).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

/** What changes where references lead. At the root it names the document only. */
const lookUpKeywords: ReadonlySet<string> = new Set([
  ...[
    '$anchor',
    '$dynamicAnchor',
    '$dynamicRef',
    '$id',
    '$recursiveAnchor',
    '$recursiveRef',
    '$schema',
    'id',
  ],
]);

interface Rule {
  readonly holds: (value: unknown) => boolean;
  readonly expectation: string;
}

const typeNames: ReadonlySet<unknown> = new Set([
  ...['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'],
]);
const notAPattern = 'expected a regular expression, in the syntax of JavaScript with its "u" flag';
const count: Rule = {
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  expectation: 'expected a whole number from 0',
};
const bound: Rule = { holds: (value) => typeof value === 'number', expectation: 'expected a number' };
const text: Rule = { holds: (value) => typeof value === 'string', expectation: 'expected a string' };

const rules: ReadonlyMap<string, Rule> = new Map([
  ['type', { holds: isType, expectation: `expected one or several of ${[...typeNames].join(', ')}` }],
  [
    'enum',
    { holds: (value) => Array.isArray(value) && value.length > 0, expectation: 'expected a list of values' },
  ],
  ['required', { holds: isTexts, expectation: 'expected a list of property names' }],
  ['pattern', { holds: isPattern, expectation: notAPattern }],
  ['uniqueItems', { holds: (value) => typeof value === 'boolean', expectation: 'expected a boolean' }],
  [
    'multipleOf',
    { holds: (value) => typeof value === 'number' && value > 0, expectation: 'expected a number above 0' },
  ],
  ...['$schema', 'description', 'format', 'title'].map((keyword) => [keyword, text] as const),
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map(
    (keyword) => [keyword, bound] as const,
  ),
  ...[
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'minContains',
    'maxContains',
    'minProperties',
    'maxProperties',
  ].map((keyword) => [keyword, count] as const),
]);

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isType(value: unknown): boolean {
  return (
    typeNames.has(value) ||
    (Array.isArray(value) && value.length > 0 && value.every((one) => typeNames.has(one)))
  );
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    return new RegExp(value, 'u').flags === 'u';
  } catch {
    return false;
  }
}
