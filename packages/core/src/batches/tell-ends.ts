import { z } from 'zod';
import { type BatchId, batchIdSchema } from '../ids.ts';
import type { Logger } from '../logging/logger.ts';
import { defineScript } from '../redis/load-script.ts';
import { orStoreError } from '../redis/store-error.ts';
import { type SendOutcome, sendWebhook } from '../webhooks/send-webhook.ts';
import { type BatchStoreParts, luaFile } from './store/batch-store.ts';
import { parseBatch } from './store/parse-batch.ts';

export interface TellEndsParts extends BatchStoreParts {
  readonly allowPrivate: boolean;
  readonly now: () => number;
  readonly logger: Logger;
  /** @defaultValue sendWebhook */
  readonly send?: typeof sendWebhook;
}

const atOnce = 16;
/** Longer than a try may take. */
const ownMs = 60_000;
const second = 1000;
const hour = 3600 * second;
/** After each try that failed; about a day in all. */
const pausesMs = [5, 30, 120, 600, 1800]
  .map((s) => s * second)
  .concat([hour, 2 * hour, 4 * hour, 8 * hour, 8 * hour]);

/**
 * One round that tells of batches that have ended, each at least once. What fails is tried again, later and later. Throws CaluteError
 * `store_unavailable`.
 */
export function createTellEnds(parts: TellEndsParts): () => Promise<void> {
  const { redis, keys } = parts;
  const claim = defineScript(redis, {
    name: 'claim-webhooks',
    lua: luaFile('claim-webhooks'),
    numberOfKeys: 1,
  });
  return async () => {
    const ids = z.array(batchIdSchema).parse(await claim([keys.dueWebhooks], [atOnce, ownMs]));
    await Promise.all(ids.map((id) => tell(parts, id)));
  };
}

async function tell(parts: TellEndsParts, id: BatchId): Promise<void> {
  const { redis, keys, now, allowPrivate, send = sendWebhook } = parts;
  const batch = parseBatch(await orStoreError(redis.hgetall(keys.batch(id))));
  const webhook = batch?.record.webhook;
  if (batch === undefined || webhook === undefined) {
    await orStoreError(redis.zrem(keys.dueWebhooks, id));
    return;
  }
  const { status, times } = batch;
  const endedAt = times.completed_at ?? times.failed_at ?? times.expired_at ?? times.cancelled_at ?? 0;
  const event = {
    id: `evt_${id.slice('batch_'.length)}`,
    object: 'event',
    created_at: endedAt,
    type: `batch.${status}`,
    data: { id },
  } as const;
  await note(parts, id, await send(webhook, event, { allowPrivate, nowMs: now() }));
}

async function note(
  { redis, keys, now, logger }: TellEndsParts,
  id: BatchId,
  sent: SendOutcome,
): Promise<void> {
  if (sent.outcome === 'delivered') {
    await orStoreError(redis.zrem(keys.dueWebhooks, id));
    logger.info({ batchId: id }, 'webhook.delivered');
    return;
  }
  const tries = await orStoreError(redis.hincrby(keys.batch(id), 'webhook_tries', 1));
  const pauseMs = pausesMs[tries - 1];
  const { reason } = sent;
  if (pauseMs === undefined) {
    await orStoreError(redis.zrem(keys.dueWebhooks, id));
    logger.warn({ batchId: id, tries, reason }, 'webhook.given-up');
    return;
  }
  await orStoreError(redis.zadd(keys.dueWebhooks, 'XX', now() + pauseMs, id));
  logger.warn({ batchId: id, tries, reason, retryInMs: pauseMs }, 'webhook.failed');
}
