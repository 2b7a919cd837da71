import { type Batch, batchTimes } from '@calute/core/batches/batch';

/** OpenAI's batch object; the file ids are there as soon as there is something in the files. */
export function encodeBatch({ record, status, times, counts, faults, model, ...batch }: Batch): object {
  const passed = Object.fromEntries(batchTimes.map((name) => [name, times[name] ?? null]));
  return {
    id: record.id,
    object: 'batch',
    endpoint: record.endpoint,
    model: model ?? null,
    errors: faults.length === 0 ? null : { object: 'list', data: faults },
    input_file_id: record.inputFileId,
    completion_window: record.completionWindow,
    status,
    output_file_id: batch.hasOutput ? record.outputFileId : null,
    error_file_id: batch.hasErrors ? record.errorFileId : null,
    created_at: record.createdAt,
    expires_at: record.expiresAt,
    ...passed,
    request_counts: counts,
    usage: encodeUsage(batch.usage),
    metadata: record.metadata ?? null,
  };
}

function encodeUsage({ inputTokens, cachedTokens, outputTokens, reasoningTokens, costUsd }: Batch['usage']) {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
    ...(costUsd === 0 ? {} : { cost_usd: costUsd }),
  };
}
