import { type OutputUnit, Validator } from '@cfworker/json-schema';
import type { AgentRequest } from '../../request/agent-request.ts';
import { copySchema } from './copy-schema.ts';
import { runForAtMost } from './run-for-at-most.ts';

/** A `response_format` that an answer can miss. */
export type AnswerFormat = Exclude<NonNullable<AgentRequest['response_format']>, { type: 'text' }>;

/** Says what keeps a text from being in the format, as a sentence for the model and the client; undefined when nothing does. */
export type FindAnswerFault = (text: string) => string | undefined;

type Schema = NonNullable<Extract<AnswerFormat, { type: 'json_schema' }>['json_schema']['schema']>;

/** Checking takes a millisecond or so; what takes longer was made to, or will never end. */
const maxCheckMs = 250;
const maxFaults = 5;
const maxFaultLength = 300;

/**
 * Checks answers against a format that admission has let pass. The schema is interpreted: turning a stranger's schema into
 * code costs the event loop 40 ms for 8 KB and 300 ms for 50 KB (ajv 8), and is what ajv advises against.
 */
export function createFindAnswerFault(format: AnswerFormat): FindAnswerFault {
  if (format.type === 'json_object') return (text) => findSyntaxFault(text) ?? findTypeFault(parse(text));
  const { schema } = format.json_schema;
  if (schema === undefined) return findSyntaxFault;
  const validator = createValidator(schema);
  return (text) => {
    const fault = findSyntaxFault(text);
    if (fault !== undefined) return fault;
    try {
      const { valid, errors } = runForAtMost(maxCheckMs, () => validator.validate(parse(text)));
      return valid ? undefined : describe(errors);
    } catch {
      // Too long, or a reference that leads to itself.
      return 'Checking it against the schema came to no end.';
    }
  };
}

function createValidator(schema: Schema): Validator {
  const { $schema: dialect } = schema;
  const isOld = typeof dialect === 'string' && /draft-0[4-7]/.test(dialect);
  return new Validator(copySchema(schema), isOld ? '7' : '2020-12', false);
}

function findSyntaxFault(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return text.trim() === '' ? 'It is empty.' : 'It is not JSON, or not JSON alone.';
  }
}

function findTypeFault(value: unknown): string | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? undefined : 'It is not a JSON object.';
}

/** Without prototypes: the validator asks for properties with `in`, so a bare {} would have a "constructor". */
function parse(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.setPrototypeOf(value, null)
      : value,
  );
}

/** These say only that something further in is wrong, which is said as well. */
const wrappers: ReadonlySet<string> = new Set([
  ...['$ref', 'properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties'],
  ...['prefixItems', 'items', 'additionalItems', 'allOf', 'propertyNames', 'dependentSchemas'],
]);

function describe(errors: readonly OutputUnit[]): string {
  const leaves = errors.filter((error, index) => saysMore(error, errors) || index === errors.length - 1);
  const faults = leaves.slice(0, maxFaults).map(({ keyword, instanceLocation, error }) => {
    const place = instanceLocation === '#' ? 'At its root' : `At ${instanceLocation.slice(1)}`;
    return `${place}: ${keyword === 'false' ? 'Nothing is allowed here.' : error}`.slice(0, maxFaultLength);
  });
  const more = leaves.length - faults.length;
  return [...faults, ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}

function saysMore({ keyword, instanceLocation }: OutputUnit, errors: readonly OutputUnit[]): boolean {
  // A property that has another fault counts as an additional one as well.
  if (keyword !== 'false') return !wrappers.has(keyword);
  return !errors.some((other) => other.keyword !== 'false' && other.instanceLocation === instanceLocation);
}
