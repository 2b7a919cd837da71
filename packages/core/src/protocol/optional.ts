import type { z } from 'zod';

/** A field that may be absent or null, which OpenAI treats alike: both come out as undefined. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema
    .nullish()
    .transform((value): z.output<Schema> | undefined => value ?? undefined)
    .optional();
}

/** As {@link optional}, for what may be a list: an empty one asks for nothing, so it comes out as undefined as well. */
export function optionalList<Schema extends z.ZodType>(schema: Schema) {
  return schema
    .nullish()
    .transform((value): z.output<Schema> | undefined =>
      value === null || (Array.isArray(value) && value.length === 0) ? undefined : value,
    )
    .optional();
}

/** As {@link optional}, for a field that is no reason to refuse a request: what is not as expected comes out as undefined. */
export function ignorable<Schema extends z.ZodType>(schema: Schema) {
  return optional(schema).catch(undefined);
}
