import { z } from 'zod';

/** Servers write null for what they leave out: Go's for an empty list or map, others for any field. */
const flag = z.boolean().nullish().catch(undefined);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);

/** Without a schema, or with the parts of one null, a tool takes nothing in particular. */
const inputSchema = z
  .looseObject({})
  .nullish()
  .transform((given, context): { type: 'object'; [name: string]: unknown } => {
    const { type = 'object', ...schema } = dropNulls(given ?? {});
    if (type !== 'object') context.addIssue({ code: 'custom', path: ['type'], message: 'expected "object"' });
    return { ...schema, type: 'object' };
  });

/**
 * A tool as a server lists it (`tools/list`, MCP 2025-11-25). Loose, because it is foreign: what is not needed is not
 * checked, and one bad tool does not spoil the list.
 */
export const listedToolSchema = z.object({
  name: z.string().min(1).max(256),
  title: text.optional(),
  description: text.optional(),
  inputSchema: inputSchema.optional().transform((schema) => schema ?? { type: 'object' as const }),
  annotations: z
    .object({ readOnlyHint: flag.optional(), idempotentHint: flag.optional() })
    .nullish()
    .transform((value) => value ?? undefined)
    .optional(),
});
export type ListedTool = z.infer<typeof listedToolSchema>;

/** Keywords whose value null says nothing, unlike that of `default`, `const`, `enum` and `examples`. */
const structural: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'title',
  'description',
  '$schema',
  '$defs',
  'definitions',
]);

/** The schema without null where a schema has none; of its properties as well, as deep as they go. */
function dropNulls(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(schema).filter(([name, value]) => value !== null || !structural.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, dropInner(name, value)]));
}

function dropInner(name: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  if (name === 'items') return dropNulls(value);
  if (name !== 'properties') return value;
  // null for a property's schema allows anything, as an empty one does.
  const inner = Object.entries(value).map(([key, one]) => [
    key,
    isObject(one) ? dropNulls(one) : (one ?? {}),
  ]);
  return Object.fromEntries(inner);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
