import { z } from 'zod';
import { batchIdSchema, fileIdSchema, tenantIdSchema } from '../ids.ts';

export const batchStatusSchema = z.enum([
  'validating',
  'failed',
  'in_progress',
  'finalizing',
  'completed',
  'expired',
  'cancelling',
  'cancelled',
]);
export type BatchStatus = z.infer<typeof batchStatusSchema>;

/** How a batch can end. */
export type BatchEnd = Extract<BatchStatus, 'failed' | 'completed' | 'expired' | 'cancelled'>;

const ended: ReadonlySet<BatchStatus> = new Set(['failed', 'completed', 'expired', 'cancelled']);

export function hasEnded(status: BatchStatus): status is BatchEnd {
  return ended.has(status);
}

/** Who is told of the end. */
const webhookSchema = z.object({ url: z.string(), secret: z.string() });

/** What never changes of a batch. Times are Unix seconds. */
export const batchRecordSchema = z.object({
  id: batchIdSchema,
  tenant: tenantIdSchema,
  endpoint: z.string(),
  completionWindow: z.string(),
  inputFileId: fileIdSchema,
  /** Of the files to which results go, made when the first one is there. */
  outputFileId: fileIdSchema,
  errorFileId: fileIdSchema,
  metadata: z.record(z.string(), z.string()).optional(),
  createdAt: z.number().int(),
  expiresAt: z.number().int(),
  /** How long both files stay after the end. */
  outputExpiresAfterS: z.number().int(),
  /** The share of its lines, as the key that made it has it. */
  weight: z.number().optional(),
  group: z.string().optional(),
  webhook: webhookSchema.optional(),
});
export type BatchRecord = z.infer<typeof batchRecordSchema>;

/** Why a batch failed as a whole. */
export const batchFaultSchema = z.object({
  code: z.string(),
  message: z.string(),
  param: z.string().nullable(),
  line: z.number().int().nullable(),
});
export type BatchFault = z.infer<typeof batchFaultSchema>;

/** The moments that a batch has passed, in Unix seconds. */
export const batchTimes = [
  'in_progress_at',
  'finalizing_at',
  'completed_at',
  'failed_at',
  'expired_at',
  'cancelling_at',
  'cancelled_at',
] as const;
export type BatchTime = (typeof batchTimes)[number];

export interface BatchCounts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
}

/** A batch as it is now. */
export interface Batch {
  readonly record: BatchRecord;
  readonly status: BatchStatus;
  readonly times: Readonly<Partial<Record<BatchTime, number>>>;
  readonly counts: BatchCounts;
  readonly usage: BatchUsage;
  readonly faults: readonly BatchFault[];
  /** What the lines ask for; undefined until they were read. */
  readonly model: string | undefined;
  /** Whether the files have anything in them. */
  readonly hasOutput: boolean;
  readonly hasErrors: boolean;
  /** How it is going to end, once no more lines are begun. */
  readonly ending: BatchEnd | undefined;
  /** Where the next line begins that has not been begun. */
  readonly cursor: { readonly offset: number; readonly number: number };
}

/** Tokens of all runs of its lines. */
export interface BatchUsage {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Where agents have prices. */
  readonly costUsd: number;
}

/** How long a batch can be looked up after its end, as long as its files stay by default. */
export const batchRetentionMs = 30 * 24 * 3600 * 1000;

/** OpenAI's bound. */
export const maxBatchLines = 50_000;
