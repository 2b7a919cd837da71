import type { z } from 'zod';

/** A field that may be absent or null, which OpenAI treats alike: both come out as undefined. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema
    .nullish()
    .transform((value): z.output<Schema> | undefined => value ?? undefined)
    .optional();
}
