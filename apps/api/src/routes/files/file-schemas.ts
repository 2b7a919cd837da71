import { CaluteError } from '@calute/core/errors';
import { expirySeconds, filePurposeSchema, inputPurposeSchema } from '@calute/core/files/file-record';
import { type FileId, fileIdSchema, partIdSchema, type UploadId, uploadIdSchema } from '@calute/core/ids';
import { optional } from '@calute/core/protocol/optional';
import { z } from 'zod';

const expiresAfter = optional(
  z.object({
    anchor: z.literal('created_at'),
    seconds: z.coerce.number().int().min(expirySeconds.min).max(expirySeconds.max),
  }),
);

/** The fields beside the file; a form has nothing but texts. */
export const newFileSchema = z.object({ purpose: inputPurposeSchema, expires_after: expiresAfter });

/** OpenAI's list parameters. */
export const filePageSchema = z.object({
  purpose: optional(filePurposeSchema),
  order: z.enum(['asc', 'desc']).default('desc'),
  limit: z.coerce.number().int().min(1).max(10_000).default(10_000),
  after: optional(fileIdSchema),
});

export const newUploadSchema = z.object({
  filename: z
    .string()
    .min(1)
    .refine((name) => Buffer.byteLength(name) <= 255, 'expected at most 255 bytes'),
  purpose: inputPurposeSchema,
  bytes: z.number().int().min(1),
  mime_type: z.string().min(1).max(255),
  expires_after: expiresAfter,
});

export const completionSchema = z.object({
  part_ids: z.array(partIdSchema).min(1).max(10_000),
  md5: optional(z.string().regex(/^[0-9a-f]{32}$/i, 'expected 32 hexadecimal digits')),
});

/** Throws `file_not_found`: what cannot be the id of a file is the id of none. */
export function parseFileId(text: string): FileId {
  const parsed = fileIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CaluteError('file_not_found', 'No such file.', { param: 'file_id' });
}

/** Throws `upload_not_found`. */
export function parseUploadId(text: string): UploadId {
  const parsed = uploadIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CaluteError('upload_not_found', 'No such upload.', { param: 'upload_id' });
}

/** A form says `expires_after[seconds]` where JSON has an object. */
export function nestFields(fields: ReadonlyMap<string, string>): Record<string, unknown> {
  const nested: Record<string, unknown> = {};
  for (const [name, value] of fields) {
    const [, outer = name, inner] = /^(\w+)\[(\w+)\]$/.exec(name) ?? [];
    if (inner === undefined) nested[outer] = value;
    else nested[outer] = { ...(nested[outer] as object | undefined), [inner]: value }; // because of the line above it is one, or a text, which spreads into fields that no schema knows
  }
  return nested;
}
