import { maxCustomIdLength } from '@calute/core/batches/input/parse-line';
import { completionWindowSchema } from '@calute/core/batches/window';
import { CaluteError } from '@calute/core/errors';
import { expirySeconds } from '@calute/core/files/file-record';
import { type BatchId, batchIdSchema, fileIdSchema } from '@calute/core/ids';
import { metadataSchema } from '@calute/core/protocol/metadata';
import { optional } from '@calute/core/protocol/optional';
import { webhookSecretSchema } from '@calute/core/webhooks/webhook-event';
import { z } from 'zod';

const maxRequests = 10_000;

const outputExpiresAfter = optional(
  z.object({
    anchor: z.literal('created_at'),
    seconds: z.number().int().min(expirySeconds.min).max(expirySeconds.max),
  }),
);

/** A line that stands in the request itself; method and url are those of the batch unless it says otherwise. */
const inlineRequest = z.object({
  custom_id: z.string().min(1).max(maxCustomIdLength),
  method: z.literal('POST').optional(),
  url: z.string().optional(),
  body: z.record(z.string(), z.unknown()),
});

/** OpenAI's fields, and as extensions `requests` in place of a file, other windows than 24h, and `webhook`. */
export function newBatchSchema(endpoints: readonly string[]) {
  return z
    .object({
      input_file_id: optional(fileIdSchema),
      requests: optional(z.array(inlineRequest).min(1).max(maxRequests)),
      endpoint: z.enum(endpoints),
      completion_window: completionWindowSchema,
      metadata: optional(metadataSchema),
      output_expires_after: outputExpiresAfter,
      webhook: optional(z.object({ url: z.string().max(2048), secret: webhookSecretSchema })),
    })
    .refine(({ input_file_id, requests }) => (input_file_id === undefined) !== (requests === undefined), {
      message: 'expected either the id of an uploaded file, or "requests"',
      path: ['input_file_id'],
    });
}

export const batchPageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: optional(batchIdSchema),
});

/** Throws `batch_not_found`: what cannot be the id of a batch is the id of none. */
export function parseBatchId(text: string): BatchId {
  const parsed = batchIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CaluteError('batch_not_found', 'No such batch.', { param: 'batch_id' });
}
