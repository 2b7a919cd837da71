import { expect, it, onTestFinished } from 'vitest';
import { connectTestRedis } from '../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../tests/support/test-run-store.ts';
import type { Identity } from '../api-keys/authenticate.ts';
import { type RunId, runIdSchema, tenantIdSchema } from '../ids.ts';
import { createLogger } from '../logging/logger.ts';
import { chatRequestSchema } from '../protocol/chat-request.ts';
import { createBullMqRunQueue } from '../queue/bullmq-run-queue.ts';
import { createDispatcher } from '../queue/dispatcher.ts';
import { createChannel } from '../redis/channel.ts';
import { createFollower } from '../run-store/read/follower.ts';
import { encodeEvents } from '../runs/frame-payload.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { CompletionContext } from './completion-context.ts';
import { CompletionService } from './completion-service.ts';
import type { SseEvent } from './sse-event.ts';

const agent = { id: 'echo', accepts: [], canOverrideSamplings: false };
const completed = {
  reason: 'completed' as const,
  finishReason: 'stop' as const,
  usage: { promptTokens: 1, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 },
  processingMs: 4,
};
const answer: RunEvent[] = [
  { type: 'text-delta', text: 'Hi' },
  { type: 'run-end', end: completed },
];

/** One API's service, and the worker's side by hand. */
async function open({ disconnectGraceMs = 60_000, maxLiveRuns = 100, now = Date.now, room = 10 } = {}) {
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
    now,
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
  return { service, log, queue, dispatcher, work, accepted: accepted.promise };
}

function identity(tenant = 'local'): Identity {
  const unlimited = { requestsPerMinute: undefined, tokensPerMinute: undefined, concurrency: undefined };
  return { tenant: tenantIdSchema.parse(tenant), scopes: ['infer'], ...unlimited };
}

function context(overrides: Partial<CompletionContext> = {}): CompletionContext {
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

const chat = chatRequestSchema.parse({ model: 'echo', messages: [{ role: 'user', content: 'Hi' }] });

/** With no worker there is room for two. */
async function openBusy() {
  const opened = await open({ room: 0 });
  const ask = (more: Partial<CompletionContext> = {}) =>
    opened.service.createStreamingCompletion(agent, chat.messages, { ...chat, stream: true }, context(more));
  const gone = new AbortController();
  const first = Promise.withResolvers<RunId>();
  const others = [ask({ signal: gone.signal, onAccepted: first.resolve }), ask({ signal: gone.signal })].map(
    collect,
  );
  onTestFinished(async () => {
    gone.abort();
    await Promise.all(others);
  });
  await expect.poll(() => opened.queue.counts()).toEqual({ waiting: 2, active: 0 });
  return { ...opened, ask, busy: await first.promise };
}

async function collect(events: AsyncIterable<readonly SseEvent[]>): Promise<string[]> {
  return (await Array.fromAsync(events)).flat().map(({ data }) => data);
}

it('gathers the answer of a worker', async () => {
  const { service, accepted, work } = await open();
  const completion = service.createCompletion(agent, chat.messages, chat, context());
  expect(await work(await accepted, answer)).toBe('stored');
  expect(await completion).toMatchObject({ model: 'echo', choices: [{ message: { content: 'Hi' } }] });
});

it('streams the answer of a worker, and gives followers the same bytes', async () => {
  const { service, accepted, work } = await open();
  const stream = collect(
    service.createStreamingCompletion(agent, chat.messages, { ...chat, stream: true }, context()),
  );
  const runId = await accepted;
  await work(runId, answer);
  const first = await stream;
  expect(first.at(-1)).toBe('[DONE]');
  const follow = { identity: identity(), afterEventId: 0, signal: new AbortController().signal };
  expect(await collect(service.followStreamingCompletion(runId, follow))).toEqual(first);
  expect(await collect(service.followStreamingCompletion(runId, { ...follow, afterEventId: 2 }))).toEqual(
    first.slice(2),
  );
});

it('calls no worker for a run that is refused', async () => {
  const { service, queue } = await open({ maxLiveRuns: 0 });
  const refused = service.createCompletion(agent, chat.messages, chat, context());
  await expect(refused).rejects.toMatchObject({ code: 'server_is_overloaded' });
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it('shows a run to its tenant only', async () => {
  const { service, accepted, work } = await open();
  const completion = service.createCompletion(agent, chat.messages, chat, context());
  const runId = await accepted;
  const follow = { identity: identity('other'), afterEventId: 0, signal: new AbortController().signal };
  await expect(collect(service.followStreamingCompletion(runId, follow))).rejects.toMatchObject({
    code: 'run_not_found',
  });
  await expect(service.cancelCompletion(runId, identity('other'))).rejects.toMatchObject({
    code: 'run_not_found',
  });
  await work(runId, answer);
  await completion;
});

it('tells an expired run from one that never was', async () => {
  const { service } = await open({ now: () => Date.parse('2026-01-02T00:00:00Z') });
  const follow = { identity: identity(), afterEventId: 0, signal: new AbortController().signal };
  const idOf = (time: string) => {
    const second = (Date.parse(time) / 1000).toString(16);
    return runIdSchema.parse(`chatcmpl-${second}${'x'.repeat(24)}`);
  };
  const expired = service.followStreamingCompletion(idOf('2026-01-01T23:00:00Z'), follow);
  await expect(collect(expired)).rejects.toMatchObject({ code: 'cursor_gone' });
  for (const id of [
    idOf('2026-01-01T23:59:30Z'),
    idOf('2020-01-01T00:00:00Z'),
    runIdSchema.parse('chatcmpl-nope'),
  ]) {
    const unknown = collect(service.followStreamingCompletion(id, follow));
    await expect(unknown).rejects.toMatchObject({ code: 'run_not_found' });
  }
});

it('cancels a queued run once, and says the same again', async () => {
  const { service, accepted, queue, work } = await open();
  const completion = service.createCompletion(agent, chat.messages, chat, context());
  const failed = expect(completion).rejects.toMatchObject({ code: 'run_cancelled' });
  const runId = await accepted;
  expect(await service.cancelCompletion(runId, identity())).toEqual({ id: runId, status: 'cancelled' });
  expect(await service.cancelCompletion(runId, identity())).toEqual({ id: runId, status: 'cancelled' });
  await failed;
  expect(await work(runId, answer)).toBe('ended');
  await expect.poll(() => queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it('cancels the run of a client that left, unless it came back within the grace or asked to go on', async () => {
  const gone = new AbortController();
  const { service, accepted, work } = await open({ disconnectGraceMs: 0 });
  const stream = collect(
    service.createStreamingCompletion(agent, chat.messages, chat, context({ signal: gone.signal })),
  );
  const runId = await accepted;
  gone.abort();
  expect(await stream).toEqual([]);
  await expect.poll(() => work(runId, answer)).toBe('ended');

  const back = new AbortController();
  const second = await open({ disconnectGraceMs: 50 });
  const cut = collect(
    second.service.createStreamingCompletion(agent, chat.messages, chat, context({ signal: back.signal })),
  );
  const kept = await second.accepted;
  back.abort();
  await cut;
  const follow = { identity: identity(), afterEventId: 0, signal: new AbortController().signal };
  const resumed = second.service.followStreamingCompletion(kept, follow);
  const firstEvents = resumed.next();
  await second.work(kept, answer.slice(0, 1));
  await firstEvents;
  const unfollowed = { onlyUnfollowed: true };
  expect(await second.log.end(kept, { reason: 'cancelled', by: 'disconnect' }, unfollowed)).toBe('followed');
  expect(await second.work(kept, answer.slice(1), 2)).toBe('stored');
  expect((await collect(resumed)).at(-1)).toBe('[DONE]');
});

it('attaches to the run of an idempotency key instead of making another', async () => {
  const { service, accepted, work } = await open();
  const keyed = () => context({ idempotencyKey: 'order-7' });
  const answers = Array.from({ length: 20 }, () =>
    service.createCompletion(agent, chat.messages, chat, keyed()),
  );
  await work(await accepted, answer);
  const ids = (await Promise.all(answers)).map(({ id }) => id);
  expect(new Set(ids).size).toBe(1);
  const late = await service.createCompletion(agent, chat.messages, chat, keyed());
  expect(late.id).toBe(ids[0]);
  const other = service.createCompletion(agent, [{ role: 'user', content: 'No' }], chat, keyed());
  await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
});

it('reports the limits of a key with the refusal', async () => {
  const { service, accepted, work } = await open();
  const limited = { ...identity('small'), requestsPerMinute: 1 };
  const rates: unknown[] = [];
  const first = service.createCompletion(
    agent,
    chat.messages,
    chat,
    context({ identity: limited, onRate: (rate) => rates.push(rate) }),
  );
  await work(await accepted, answer);
  await first;
  const second = service.createCompletion(
    agent,
    chat.messages,
    chat,
    context({ identity: limited, onRate: (rate) => rates.push(rate) }),
  );
  await expect(second).rejects.toMatchObject({ code: 'rate_limit_exceeded' });
  expect(rates).toMatchObject([{ requests: { remaining: 0 } }, { requests: { limit: 1, remaining: 0 } }]);
});

it('ends a run at its deadline that no worker has begun', async () => {
  const { ask } = await openBusy();
  const last = (await collect(ask({ deadlineMs: 30 }))).at(-1);
  expect(JSON.parse(last ?? '')).toMatchObject({ error: { code: 'deadline_exceeded' } });
});

it('tells a client that asked for progress where its run stands, in chunks that are no events of the run', async () => {
  const { ask, log, dispatcher, work, busy } = await openBusy();
  const queued = Promise.withResolvers<unknown>();
  const waiting = Promise.withResolvers<RunId>();
  const stream = ask({ showEvents: true, onQueued: queued.resolve, onAccepted: waiting.resolve });
  const { value: [place] = [] } = await stream.next();
  expect(await queued.promise).toEqual({ position: 0, waitMs: undefined });
  expect(place?.id).toBe(undefined);
  expect(JSON.parse(place?.data ?? '')).toMatchObject({
    choices: [{ index: 0, delta: {} }],
    calute: { event: 'queued', position: 0 },
  });
  const rest = Array.fromAsync(stream);
  await log.end(busy, { reason: 'cancelled', by: 'client' });
  await dispatcher.fill();
  await work(await waiting.promise, answer);
  expect((await rest).flat().map(({ id }) => id)).toEqual([1, 2, 3, 4]);
});
