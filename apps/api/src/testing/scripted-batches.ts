import type { Batch } from '@calute/core/batches/batch';
import type { Batches } from '@calute/core/batches/batch-service';
import { createBatchId, createFileId, tenantIdSchema } from '@calute/core/ids';

export const batch: Batch = {
  record: {
    id: createBatchId(1_700_000_000_000),
    tenant: tenantIdSchema.parse('local'),
    endpoint: '/v1/chat/completions',
    completionWindow: '24h',
    inputFileId: createFileId(1),
    outputFileId: createFileId(2),
    errorFileId: createFileId(3),
    createdAt: 1_700_000_000,
    expiresAt: 1_700_086_400,
    outputExpiresAfterS: 2_592_000,
  },
  status: 'validating',
  times: {},
  counts: { total: 0, completed: 0, failed: 0 },
  usage: { inputTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0, costUsd: 0 },
  faults: [],
  model: undefined,
  hasOutput: false,
  hasErrors: false,
  ending: undefined,
  cursor: { offset: 0, number: 1 },
};

/** Knows one batch, and takes everything. */
export function scriptedBatches(script: Partial<Batches> = {}): Batches {
  return {
    create: async () => batch,
    get: async () => batch,
    list: async () => ({ batches: [batch], hasMore: false }),
    cancel: async () => ({ ...batch, status: 'cancelling' }),
    retry: async () => batch,
    follow: async function* () {
      yield [{ id: 1, data: '[DONE]' }];
    },
    ...script,
  };
}
