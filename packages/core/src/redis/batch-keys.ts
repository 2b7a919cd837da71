import type { BatchId, TenantId } from '../ids.ts';

/** The names of what is kept of batches; their lines and results are files. */
export interface BatchKeys {
  /** Hash: what was asked for, status, times, counts, usage, and who drives it. */
  batch(id: BatchId): string;
  /** Hash: number of a line that is under way → where it stands in the input, and its attempt. */
  batchOpenLines(id: BatchId): string;
  /** List: how far each write of results has brought the output and the error file. */
  batchSegments(id: BatchId): string;
  /** Sorted set: the tenant's batches by id and so by age. */
  tenantBatchIndex(tenant: TenantId): string;
  /** Hash: the batch of an idempotency key, and the hash of its request. */
  batchIdempotency(tenant: TenantId, keyHash: string): string;
  /** Sorted set: batches that have not ended, by until when in ms a process has said that it drives them. */
  readonly activeBatches: string;
  /** Sorted set: batches whose end is to be told, by when in ms. */
  readonly dueWebhooks: string;
}

export function createBatchKeys(prefix: string): BatchKeys {
  return {
    batch: (id) => `${prefix}:batch:${id}`,
    batchOpenLines: (id) => `${prefix}:batch:${id}:open`,
    batchSegments: (id) => `${prefix}:batch:${id}:segments`,
    tenantBatchIndex: (tenant) => `${prefix}:tenant:${tenant}:batches`,
    batchIdempotency: (tenant, keyHash) => `${prefix}:tenant:${tenant}:batches:idempotency:${keyHash}`,
    activeBatches: `${prefix}:batches:active`,
    dueWebhooks: `${prefix}:batches:webhooks`,
  };
}
