import { createBatchId, createFileId, tenantIdSchema } from '../../ids.ts';
import type { BatchRecord } from '../batch.ts';

/** A batch as it is made, for tests that play its maker. */
export function newBatchRecord(overrides: Partial<BatchRecord> = {}): BatchRecord {
  const nowMs = Date.now();
  const createdAt = Math.floor(nowMs / 1000);
  return {
    id: createBatchId(nowMs),
    tenant: tenantIdSchema.parse('one'),
    endpoint: '/v1/chat/completions',
    completionWindow: '24h',
    inputFileId: createFileId(nowMs),
    outputFileId: createFileId(nowMs),
    errorFileId: createFileId(nowMs),
    createdAt,
    expiresAt: createdAt + 86_400,
    outputExpiresAfterS: 3600,
    ...overrides,
  };
}
