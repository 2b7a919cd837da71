import { z } from 'zod';
import { opaqueFieldsSchema } from '../../runs/opaque-fields.ts';

const thoughtsSchema = z.object({
  version: z.literal(1),
  /** What the model thought. */
  text: z.string().optional(),
  /** What its provider wants back with the message. */
  message: opaqueFieldsSchema.optional(),
  /** What it wants back with each tool call, by the call's id. */
  calls: z.record(z.string(), opaqueFieldsSchema).optional(),
});

/** What has to come back with the next request for a model to go on thinking. */
export type Thoughts = Omit<z.infer<typeof thoughtsSchema>, 'version'>;

/** The `encrypted_content` of a reasoning item. It is not secret from the client: it is what the provider has sent. */
export function encodeThoughts(thoughts: Thoughts): string {
  return Buffer.from(JSON.stringify({ version: 1, ...thoughts })).toString('base64url');
}

/** Undefined for what was made elsewhere: another server's thoughts mean nothing here, and are no reason to refuse a request. */
export function decodeThoughts(encoded: string): Thoughts | undefined {
  try {
    return thoughtsSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
  } catch {
    return undefined;
  }
}
