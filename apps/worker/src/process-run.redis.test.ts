import type { Agent } from '@calute/core/agent/agent';
import { CaluteError } from '@calute/core/errors';
import { createFrameWriter } from '@calute/core/log/frame-writer';
import { createRedisRunLog } from '@calute/core/log/redis-run-log';
import { createLogger } from '@calute/core/logger';
import { createKeys } from '@calute/core/redis/keys';
import { decodeEvents, encodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEvent } from '@calute/core/runs/run-event';
import type { DisconnectPolicy } from '@calute/core/runs/run-request';
import { expect, it } from 'vitest';
import { newRun } from '../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../tests/support/test-redis.ts';
import { createHeldRuns } from './held-runs.ts';
import { type AgentInput, createProcessRun } from './process-run.ts';

const lock = new AbortController().signal;
const agent: Agent = {
  id: 'echo',
  model: 'offline:echo',
  sampling: {},
  tools: {},
  handoffs: [],
  limits: { maxSteps: 1 },
};
const usage = { promptTokens: 1, completionTokens: 1, cachedTokens: 0, reasoningTokens: 0 };
const end: RunEvent = {
  type: 'run-end',
  end: { reason: 'completed', finishReason: 'stop', usage, processingMs: 1 },
};
const text = (value: string): RunEvent => ({ type: 'text-delta', text: value });

type Script = (input: AgentInput) => AsyncIterable<RunEvent>;

function open(
  runAgent: Script,
  { canOverrideSamplings = false, passOnTimes = 0, unheardGraceMs = 60_000 } = {},
) {
  const log = createRedisRunLog({
    redis: connectTestRedis(),
    keys: createKeys(randomPrefix()),
    retentionMs: 60_000,
  });
  const held = createHeldRuns();
  const handler = createProcessRun({
    log,
    writer: createFrameWriter({ log, onStoreError: () => undefined }),
    held,
    agents: new Map([[agent.id, agent]]),
    canOverrideSamplings,
    passOnTimes,
    unheardGraceMs,
    controlChannel: 'control',
    logger: createLogger({ role: 'test', level: 'silent' }),
    runAgent,
  });
  const accept = async (
    chat: object = {},
    deadlineMs = 60_000,
    onDisconnect: DisconnectPolicy = 'cancel',
  ) => {
    const run = newRun('nobody', { deadlineMs });
    await log.accept({
      ...run,
      request: { ...run.request, onDisconnect, chat: { ...run.request.chat, stream: true, ...chat } },
    });
    return run.id;
  };
  const events = async (runId: Awaited<ReturnType<typeof accept>>) => {
    const read = await log.read(runId, { afterSeq: 0, limit: 100 });
    return read.outcome === 'found' ? read.frames.flatMap(({ payload }) => decodeEvents(payload)) : [];
  };
  return { log, held, handler, accept, events };
}

it('writes what the agent says to the log, up to its end', async () => {
  const worker = open(async function* () {
    yield text('a');
    yield text('b');
    yield end;
  });
  const runId = await worker.accept();
  expect(await worker.handler.handle(runId, lock)).toBe('done');
  expect(await worker.events(runId)).toEqual([text('a'), text('b'), end]);
});

it('runs a run that has ended, or that is unknown, not at all', async () => {
  let starts = 0;
  const worker = open(async function* () {
    starts += 1;
    yield end;
  });
  const runId = await worker.accept();
  await worker.handler.handle(runId, lock);
  await worker.handler.handle(runId, lock);
  await worker.handler.handle(newRun('x').id, lock);
  expect(starts).toBe(1);
});

it('ends a run of which the client has seen something instead of starting it over', async () => {
  const worker = open(async function* () {
    yield text('again');
    yield end;
  });
  const runId = await worker.accept();
  await worker.log.claim(runId, 'dead worker');
  await worker.log.append([{ runId, epoch: 1, seq: 1, visible: true, payload: '["half"]' }]);
  await worker.handler.handle(runId, lock);
  expect(await worker.events(runId)).toMatchObject([
    text('half'),
    { end: { reason: 'failed', code: 'worker_lost' } },
  ]);
});

it('starts a run over when its first worker has shown nothing', async () => {
  const worker = open(async function* () {
    yield text('second');
    yield end;
  });
  const runId = await worker.accept();
  await worker.log.claim(runId, 'dead worker');
  await worker.handler.handle(runId, lock);
  expect(await worker.events(runId)).toEqual([text('second'), end]);
});

const stepCalls: RunEvent = {
  type: 'step-calls',
  text: 'half',
  calls: [{ id: 'c', name: 't', arguments: '{}' }],
  usage,
};
const toolResult: RunEvent = { type: 'tool-result', index: 0, content: 'done' };

it.each([true, false])(
  'goes on from the last stored step of a dead worker, streaming: %s',
  async (stream) => {
    const inputs: unknown[] = [];
    const worker = open(async function* ({ committed }) {
      inputs.push(committed);
      yield text(' and whole');
      yield end;
    });
    const runId = await worker.accept({ stream });
    await worker.log.claim(runId, 'dead worker');
    const stored = encodeEvents([text('half'), stepCalls, toolResult]);
    await worker.log.append([{ runId, epoch: 1, seq: 1, visible: stream, payload: stored }]);
    await worker.handler.handle(runId, lock);
    expect(inputs).toEqual([
      [{ text: 'half', calls: [{ id: 'c', name: 't', arguments: '{}' }], usage, results: ['done'] }],
    ]);
    expect(await worker.events(runId)).toEqual([
      text('half'),
      stepCalls,
      toolResult,
      text(' and whole'),
      end,
    ]);
  },
);

it('asks the agent for its next event only when its step is stored, also when nothing else is until the end', async () => {
  const storedAtNext: number[] = [];
  const worker = open(async function* ({ runId }) {
    yield text('half');
    yield stepCalls;
    storedAtNext.push((await worker.events(runId)).length);
    yield toolResult;
    storedAtNext.push((await worker.events(runId)).length);
    yield text('more');
    yield end;
  });
  const runId = await worker.accept({ stream: false });
  await worker.handler.handle(runId, lock);
  expect(storedAtNext).toEqual([2, 3]);
});

it('leaves nothing of a lost attempt in the log of a run whose client waits for one answer', async () => {
  const lost = new AbortController();
  const worker = open(async function* ({ signal }) {
    yield text('half');
    lost.abort();
    signal.throwIfAborted();
  });
  const runId = await worker.accept({ stream: false });
  await worker.handler.handle(runId, lost.signal);
  expect(await worker.events(runId)).toEqual([]);
});

it('reports a failure with its code, and hides the text of a bug', async () => {
  const failing = open(async function* () {
    yield text('a');
    throw new CaluteError('upstream_cut', 'The upstream was cut.', { retryAfterMs: 5 });
  });
  const failed = await failing.accept();
  await failing.handler.handle(failed, lock);
  expect((await failing.events(failed)).at(-1)).toMatchObject({
    end: { code: 'upstream_cut', retryAfterMs: 5 },
  });

  const buggy = open(async function* () {
    yield text('a');
    throw new TypeError('secret detail');
  });
  const broken = await buggy.accept();
  await buggy.handler.handle(broken, lock);
  expect(JSON.stringify(await buggy.events(broken))).not.toContain('secret detail');
  expect((await buggy.events(broken)).at(-1)).toMatchObject({ end: { code: 'internal_error' } });
});

/** Says one word and then waits until it is stopped. */
const endless: Script = async function* ({ signal }) {
  yield text('a');
  const stopped = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => stopped.reject(signal.reason));
  await stopped.promise;
};

it('ends a run at its deadline', async () => {
  const worker = open(endless);
  const runId = await worker.accept({}, 100);
  await worker.handler.handle(runId, lock);
  expect((await worker.events(runId)).at(-1)).toMatchObject({ end: { reason: 'cancelled', by: 'deadline' } });
});

it('stops a run that is ended from outside, and writes nothing after that end', async () => {
  const worker = open(endless);
  const runId = await worker.accept();
  const handled = worker.handler.handle(runId, lock);
  await expect.poll(() => worker.events(runId)).toEqual([text('a')]);
  await worker.log.end(runId, { reason: 'cancelled', by: 'client' });
  await worker.held.stopEnded(worker.log);
  expect(await handled).toBe('done');
  expect(await worker.events(runId)).toMatchObject([
    text('a'),
    { end: { reason: 'cancelled', by: 'client' } },
  ]);
});

it('cancels a stream that no process listens to, unless its client asked to go on', async () => {
  const twoWords: Script = async function* ({ signal }) {
    for (const word of ['a', 'b']) {
      yield text(word);
      await new Promise((resolve) => setImmediate(resolve));
      await heard.promise;
      signal.throwIfAborted();
    }
    yield end;
  };
  const heard = Promise.withResolvers<void>();
  const worker = open(twoWords, { unheardGraceMs: 0 });
  const [orphan, kept] = [await worker.accept(), await worker.accept({}, 60_000, 'continue')];
  const handled = [worker.handler.handle(orphan, lock), worker.handler.handle(kept, lock)];
  await expect.poll(async () => (await worker.events(orphan)).length).toBeGreaterThan(0);
  heard.resolve();
  await Promise.all(handled);
  expect((await worker.events(orphan)).at(-1)).toMatchObject({
    end: { reason: 'cancelled', by: 'disconnect' },
  });
  expect((await worker.events(kept)).at(-1)).toEqual(end);
});

it('hands a run back at a drain when nothing of it was shown, and ends it otherwise', async () => {
  const started = Promise.withResolvers<void>();
  const silent = open(async function* ({ signal }) {
    started.resolve();
    const stopped = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => stopped.reject(signal.reason));
    yield await stopped.promise;
  });
  const fresh = await silent.accept();
  const handled = silent.handler.handle(fresh, lock);
  await started.promise;
  silent.held.stopAll('drain');
  expect(await handled).toBe('handed-back');

  const shown = open(endless);
  const half = await shown.accept();
  const ended = shown.handler.handle(half, lock);
  await expect.poll(() => shown.events(half)).toEqual([text('a')]);
  shown.held.stopAll('drain');
  expect(await ended).toBe('done');
  expect((await shown.events(half)).at(-1)).toMatchObject({ end: { code: 'worker_lost' } });
});

it('runs each agent with the sampling values of its own request only', async () => {
  const seen: unknown[] = [];
  const worker = open(
    async function* ({ agent: { sampling } }) {
      seen.push(sampling);
      yield end;
    },
    { canOverrideSamplings: true },
  );
  await worker.handler.handle(await worker.accept({ temperature: 0 }), lock);
  await worker.handler.handle(await worker.accept(), lock);
  expect(seen).toEqual([{ temperature: 0 }, {}]);
});

it('passes the run of an agent that this worker does not have on to others for a while', async () => {
  const worker = open(endless, { passOnTimes: 1 });
  const runId = await worker.accept({ model: 'other' });
  expect(await worker.handler.handle(runId, lock)).toBe('passed-on');
  expect(await worker.events(runId)).toEqual([]);
  expect(await worker.handler.handle(runId, lock)).toBe('done');
});

it('ends the run of an agent that this worker does not have, and an abandoned one, with an error to retry', async () => {
  const worker = open(endless);
  const unknown = await worker.accept({ model: 'other' });
  await worker.handler.handle(unknown, lock);
  expect((await worker.events(unknown)).at(-1)).toMatchObject({ end: { code: 'agent_unavailable' } });
  const abandoned = await worker.accept();
  await worker.handler.abandon(abandoned, new Error('stalled'));
  expect((await worker.events(abandoned)).at(-1)).toMatchObject({ end: { code: 'worker_lost' } });
});
