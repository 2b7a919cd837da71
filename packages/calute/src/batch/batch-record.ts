import { z } from 'zod';

const countsSchema = z.object({ total: z.number(), completed: z.number(), failed: z.number() });

/** A batch in OpenAI's shape, as far as a command reads it. */
export const batchSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  endpoint: z.string(),
  input_file_id: z.string(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  created_at: z.number().nullish(),
  in_progress_at: z.number().nullish(),
  request_counts: countsSchema.nullish(),
  errors: z
    .looseObject({
      data: z.array(z.looseObject({ message: z.string().nullish(), line: z.number().nullish() })).nullish(),
    })
    .nullish(),
});
export type Batch = z.infer<typeof batchSchema>;

const ended = new Set(['completed', 'failed', 'expired', 'cancelled']);

export function hasEnded({ status }: Batch): boolean {
  return ended.has(status);
}

/** One line of how far a batch is, with when it will be done at the pace so far. */
export function describeProgress(
  { status, request_counts: counts, in_progress_at: since }: Batch,
  nowMs: number,
): string {
  if (!counts || counts.total === 0) return status;
  const done = counts.completed + counts.failed;
  const failed = counts.failed === 0 ? '' : `, ${counts.failed} failed`;
  const elapsedS = typeof since === 'number' ? nowMs / 1000 - since : 0;
  const isUnderWay = status === 'in_progress' && done > 0 && elapsedS > 0;
  const left = isUnderWay ? `, about ${describeSeconds((elapsedS / done) * (counts.total - done))} left` : '';
  return `${status}: ${done} of ${counts.total}${failed}${left}`;
}

function describeSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}
