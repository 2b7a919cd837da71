import { type ConnectBatchesParts, connectBatches } from '@calute/core/batches/connect-batches';
import { type BatchEndpointParts, createBatchEndpoints } from './admission/batch-endpoints.ts';
import type { ApiConfig } from './config.ts';

type Opened =
  | 'endpoints'
  | 'maxLineBytes'
  | 'maxLiveRuns'
  | 'attemptTimeoutMs'
  | 'retentionMs'
  | 'allowPrivateWebhooks'
  | 'now';

export interface OpenBatchesParts extends Omit<ConnectBatchesParts, Opened>, BatchEndpointParts {}

/** The batches, which this process may drive. */
export function openBatches(config: ApiConfig, parts: OpenBatchesParts) {
  const batchEndpoints = createBatchEndpoints(parts);
  const connected = connectBatches({
    ...parts,
    endpoints: batchEndpoints,
    maxLineBytes: config.MAX_BODY_BYTES,
    maxLiveRuns: config.MAX_LIVE_RUNS,
    attemptTimeoutMs: config.RUN_TIMEOUT_S * 1000,
    retentionMs: config.RUN_RETENTION_S * 1000,
    allowPrivateWebhooks: config.WEBHOOKS_ALLOW_PRIVATE,
    now: Date.now,
  });
  return { ...connected, batchEndpoints };
}
