import { CaluteError } from '../../errors.ts';

type Schema = Readonly<Record<string, unknown>>;

interface Sampling {
  readonly root: Schema;
  /** What strings are made of. */
  readonly text: string;
  /** Values that may still be made: schemas multiply. */
  left: number;
}

const maxValues = 10_000;
const maxStringLength = 10_000;
/** A schema that needs itself has no instance at all. */
const maxDepth = 64;

/**
 * A small instance of a JSON Schema, with the required properties alone and `text` for strings. Knows types, `enum`,
 * `const`, local references, `required`, `anyOf`, `oneOf`, `allOf`, lengths, bounds and the usual formats; what it makes for
 * other keywords, as `pattern`, may not be valid. Throws `unsupported_parameter` for a schema that needs too large an instance.
 */
export function sampleSchema(schema: Schema, text: string): unknown {
  return sample(schema, 0, { root: schema, text, left: maxValues });
}

function sample(schema: unknown, depth: number, sampling: Sampling): unknown {
  sampling.left -= 1;
  if (sampling.left < 0 || depth > maxDepth) throw tooLarge();
  const node = isNode(schema) ? resolve(schema, sampling.root) : {};
  if ('const' in node) return node['const'];
  if (Array.isArray(node['enum'])) return node['enum'][0];
  const alternatives = node['anyOf'] ?? node['oneOf'];
  if (Array.isArray(alternatives)) return sample(pickShallow(alternatives), depth + 1, sampling);
  switch (typeOf(node)) {
    case 'object':
      return sampleObject(node, depth, sampling);
    case 'array':
      return sampleArray(node, depth, sampling);
    case 'string':
      return sampleString(node, sampling.text);
    case 'integer':
    case 'number':
      return sampleNumber(node);
    case 'boolean':
      return false;
    default:
      return null;
  }
}

/** Follows references and joins the parts of `allOf`. */
function resolve(schema: Schema, root: Schema): Schema {
  let node = schema;
  for (let hops = 0; hops < maxDepth && typeof node['$ref'] === 'string'; hops += 1) {
    const { $ref: pointer, ...beside } = node;
    node = { ...lookUp(root, String(pointer)), ...beside };
  }
  const { allOf } = node;
  return Array.isArray(allOf)
    ? allOf
        .filter(isNode)
        .map((part) => resolve(part, root))
        .reduce(join, node)
    : node;
}

function join(one: Schema, other: Schema): Schema {
  const properties = { ...toNode(one['properties']), ...toNode(other['properties']) };
  return {
    ...one,
    ...other,
    properties,
    required: [...toNames(one['required']), ...toNames(other['required'])],
  };
}

function lookUp(root: Schema, pointer: string): Schema {
  const steps = decodeURIComponent(pointer.slice(1)).split('/').slice(1);
  const names = steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return toNode(
    names.reduce<unknown>(
      (node, name) => (Array.isArray(node) ? node[Number(name)] : toNode(node)[name]),
      root,
    ),
  );
}

/** One that leads no further, if there is one: the end of a list, most often. */
function pickShallow(alternatives: readonly unknown[]): unknown {
  const shallow = alternatives.find(
    (one) => isNode(one) && ['null', 'string', 'number', 'integer', 'boolean'].includes(String(one['type'])),
  );
  return shallow ?? alternatives[0];
}

function typeOf(node: Schema): unknown {
  const { type } = node;
  if (type !== undefined) return Array.isArray(type) ? type[0] : type;
  if ('properties' in node || 'required' in node) return 'object';
  return 'items' in node || 'prefixItems' in node ? 'array' : 'string';
}

function sampleObject(node: Schema, depth: number, sampling: Sampling): object {
  const properties = toNode(node['properties']);
  const names = [...new Set(toNames(node['required']))];
  const entries = names.map((name) => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : node['additionalProperties'];
    return [name, sample(schema, depth + 1, sampling)];
  });
  return Object.fromEntries(entries);
}

function sampleArray(node: Schema, depth: number, sampling: Sampling): unknown[] {
  const least = toNumber(node['minItems']) ?? 0;
  if (least > sampling.left) throw tooLarge();
  const first = Array.isArray(node['prefixItems']) ? node['prefixItems'] : [];
  return Array.from({ length: least }, (_, index) =>
    sample(first[index] ?? node['items'], depth + 1, sampling),
  );
}

const formats: Readonly<Record<string, string>> = {
  date: '2000-01-01',
  'date-time': '2000-01-01T00:00:00Z',
  duration: 'P1D',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  time: '00:00:00Z',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function sampleString(node: Schema, text: string): string {
  const known = formats[String(node['format'])];
  if (known !== undefined) return known;
  const least = toNumber(node['minLength']) ?? 0;
  if (least > maxStringLength) throw tooLarge();
  const most = Math.min(toNumber(node['maxLength']) ?? maxStringLength, maxStringLength);
  return [...text.padEnd(least, '.')].slice(0, most).join('');
}

function sampleNumber(node: Schema): number {
  const step = toNumber(node['multipleOf']) ?? (typeOf(node) === 'integer' ? 1 : undefined);
  const above = toNumber(node['exclusiveMinimum']);
  const below = toNumber(node['exclusiveMaximum']);
  const low = above === undefined ? toNumber(node['minimum']) : above + (step ?? 0.5);
  const high = below === undefined ? toNumber(node['maximum']) : below - (step ?? 0.5);
  const value = Math.min(Math.max(0, low ?? 0), high ?? Number.MAX_SAFE_INTEGER);
  if (step === undefined) return value;
  return (low !== undefined && value > 0 ? Math.ceil(value / step) : Math.floor(value / step)) * step;
}

function isNode(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toNode(value: unknown): Schema {
  return isNode(value) ? value : {};
}

function toNames(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function toNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function tooLarge(): CaluteError {
  const message = 'Offline models cannot make an instance of so large a schema; use a smaller one.';
  return new CaluteError('unsupported_parameter', message, { param: 'response_format' });
}
