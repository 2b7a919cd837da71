import { z } from 'zod';
import { tenantIdSchema, uploadIdSchema } from '../ids.ts';
import { inputPurposeSchema } from './file-record.ts';

export const uploadStatusSchema = z.enum(['pending', 'completed', 'cancelled', 'expired']);
export type UploadStatus = z.infer<typeof uploadStatusSchema>;

/** What is decided when an upload begins. Times are Unix seconds. */
export const uploadRecordSchema = z.object({
  id: uploadIdSchema,
  tenant: tenantIdSchema,
  filename: z.string(),
  purpose: inputPurposeSchema,
  mimeType: z.string(),
  /** Of the file that it will be. */
  bytes: z.number().int().positive(),
  createdAt: z.number().int(),
  expiresAt: z.number().int(),
  /** Of the file, from its making. */
  expiresAfterS: z.number().int().optional(),
});
export type UploadRecord = z.infer<typeof uploadRecordSchema>;

/** How long the parts of an upload may take to come. */
export const uploadLifeSeconds = 3600;

/** OpenAI's bound of one part. */
export const maxPartBytes = 64 * 1024 * 1024;
