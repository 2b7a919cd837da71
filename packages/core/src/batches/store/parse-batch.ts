import { z } from 'zod';
import { type Batch, batchFaultSchema, batchRecordSchema, batchStatusSchema, batchTimes } from '../batch.ts';

const count = z.coerce.number().int().default(0);

const fieldsSchema = z.object({
  record: z.string(),
  status: batchStatusSchema,
  total: count,
  completed: count,
  failed: count,
  input_tokens: count,
  cached_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  cost_usd: z.coerce.number().default(0),
  errors: z.string().optional(),
  model: z.string().optional(),
  has_output: z.string().optional(),
  has_errors: z.string().optional(),
  ending: z.enum(['failed', 'completed', 'expired', 'cancelled']).optional(),
  offset: count,
  line: z.coerce.number().int().default(1),
});

/** The hash of a batch; undefined where there is none. */
export function parseBatch(hash: Readonly<Record<string, string>>): Batch | undefined {
  if (Object.keys(hash).length === 0) return undefined;
  const fields = fieldsSchema.parse(hash);
  const timesPassed = batchTimes.flatMap((name) =>
    hash[name] === undefined ? [] : [[name, Number(hash[name])] as const],
  );
  return {
    record: batchRecordSchema.parse(JSON.parse(fields.record)),
    status: fields.status,
    times: Object.fromEntries(timesPassed),
    counts: { total: fields.total, completed: fields.completed, failed: fields.failed },
    usage: {
      inputTokens: fields.input_tokens,
      cachedTokens: fields.cached_tokens,
      outputTokens: fields.output_tokens,
      reasoningTokens: fields.reasoning_tokens,
      costUsd: fields.cost_usd,
    },
    faults: z.array(batchFaultSchema).parse(JSON.parse(fields.errors ?? '[]')),
    model: fields.model,
    hasOutput: fields.has_output !== undefined,
    hasErrors: fields.has_errors !== undefined,
    ending: fields.ending,
    cursor: { offset: fields.offset, number: fields.line },
  };
}
