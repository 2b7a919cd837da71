import { onTestFinished } from 'vitest';
import { connectTestRedis } from '../../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import type { Identity } from '../../api-keys/authenticate.ts';
import { type RunId, tenantIdSchema } from '../../ids.ts';
import { createLogger } from '../../logging/logger.ts';
import { chatRequestSchema } from '../../protocol/chat-request.ts';
import { createBullMqRunQueue } from '../../queue/bullmq-run-queue.ts';
import { createDispatcher } from '../../queue/dispatcher.ts';
import { createChannel } from '../../redis/channel.ts';
import { createPartitioning } from '../../redis/partitioning.ts';
import { createFollower } from '../../run-store/read/follower.ts';
import { encodeEvents } from '../../runs/frame-payload.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import type { CompletionContext } from '../completion-context.ts';
import { CompletionService } from '../completion-service.ts';
import type { SseEvent } from '../sse-event.ts';

/** What tests of the service share: an API's side of Redis, and the worker's side by hand. */
export const agent = { id: 'echo', accepts: [], canOverrideSamplings: false };
const completed = {
  reason: 'completed' as const,
  finishReason: 'stop' as const,
  usage: { promptTokens: 1, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 },
  processingMs: 4,
};
export const answer: RunEvent[] = [
  { type: 'text-delta', text: 'Hi' },
  { type: 'run-end', end: completed },
];

/** One API's service, and the worker's side by hand. */
export async function openService({
  disconnectGraceMs = 60_000,
  maxLiveRuns = 100,
  now = Date.now,
  room = 10,
} = {}) {
  const { redis, keys, log, backlog, claim, makeRoom } = openTestRunStore();
  await makeRoom(room);
  const channel = createChannel(connectTestRedis(), keys.replyChannel('one'));
  const follower = createFollower({
    log,
    channel,
    maxBufferedBytes: 65_536,
    silenceMs: 600_000,
    giveUpMs: 1000,
  });
  await follower.start();
  const queue = createBullMqRunQueue(redis, keys.queuePrefix);
  const dispatcher = createDispatcher({ backlog, queue, onError: () => undefined });
  onTestFinished(async () => {
    await follower.close();
    await queue.close();
  });
  const logger = createLogger({ role: 'test', level: 'silent' });
  const parts = {
    log,
    queue,
    backlog,
    follower,
    logger,
    maxLiveRuns,
    disconnectGraceMs,
    retentionMs: 60_000,
    storeRetentionMs: 120_000,
    mostKept: 100,
    now,
    partitioning: createPartitioning(1),
  };
  const accepted = Promise.withResolvers<RunId>();
  const watched: typeof dispatcher = {
    ...dispatcher,
    dispatch: async (runId, options) => {
      await dispatcher.dispatch(runId, options);
      accepted.resolve(runId);
    },
  };
  const service = new CompletionService({ ...parts, dispatcher: watched });
  const work = async (runId: RunId, events: readonly RunEvent[], seq = 1) => {
    const claimed = await claim(runId, seq - 1);
    if (claimed.outcome !== 'claimed') return claimed.outcome;
    const ends =
      events.at(-1)?.type === 'run-end'
        ? { end: { reason: 'completed' as const, tokens: 3, mayRetry: false } }
        : {};
    const frame = { runId, epoch: claimed.epoch, seq, visible: true, payload: encodeEvents(events), ...ends };
    return (await log.append([frame]))[0];
  };
  return { service, log, queue, backlog, dispatcher, work, accepted: accepted.promise };
}

export function identity(tenant = 'local'): Identity {
  const unlimited = { requestsPerMinute: undefined, tokensPerMinute: undefined, concurrency: undefined };
  return { tenant: tenantIdSchema.parse(tenant), scopes: ['infer'], ...unlimited };
}

export function context(overrides: Partial<CompletionContext> = {}): CompletionContext {
  return {
    identity: identity(),
    deadlineMs: 60_000,
    onDisconnect: 'cancel',
    showEvents: false,
    idempotencyKey: undefined,
    signal: new AbortController().signal,
    ...overrides,
  };
}

export const chat = chatRequestSchema.parse({ model: 'echo', messages: [{ role: 'user', content: 'Hi' }] });

export async function collect(events: AsyncIterable<readonly SseEvent[]>): Promise<string[]> {
  return (await Array.fromAsync(events)).flat().map(({ data }) => data);
}
