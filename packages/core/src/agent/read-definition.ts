import type { z } from 'zod';
import type { Agent } from './agent.ts';

const marker = Symbol.for('calute.agent');

/** Reads what a file says of an agent or a team into a frozen {@link Agent}. Throws one error that names every bad field. */
export function readDefinition(
  kind: 'agent' | 'team',
  schema: z.ZodType<object>,
  definition: unknown,
): Agent {
  const parsed = schema.safeParse(definition);
  if (!parsed.success) throw new Error(describeFaults(kind, definition, parsed.error));
  // because zod widens absent to undefined and functions to unknown; the schema has checked both
  return deepFreeze(dropUndefined(parsed.data)) as Agent;
}

/** Tells what `readDefinition` made, also when made by another copy of this module. */
export function isAgent(value: unknown): value is Agent {
  return typeof value === 'object' && value !== null && marker in value;
}

function describeFaults(kind: string, definition: unknown, error: z.ZodError): string {
  const id =
    typeof definition === 'object' && definition !== null && 'id' in definition ? definition.id : undefined;
  const faults = error.issues.map((issue) => {
    // What is wrong with a name stands one level deeper.
    const { message } = issue.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue;
    return `${issue.path.join('.') || 'definition'}: ${message}`;
  });
  return `Invalid ${kind} ${typeof id === 'string' ? `"${id}"` : 'without an id'}: ${faults.join('; ')}`;
}

function dropUndefined(agent: object): object {
  const present = Object.fromEntries(Object.entries(agent).filter(([, value]) => value !== undefined));
  // Not enumerable, so that comparing and printing an agent shows its settings only.
  return Object.defineProperty(present, marker, { value: true });
}

function deepFreeze<Value>(value: Value): Value {
  // A zod schema keeps caches on itself, so it stays as it is.
  if (typeof value !== 'object' || value === null || '_zod' in value) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
