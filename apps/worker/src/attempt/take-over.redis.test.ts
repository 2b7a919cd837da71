import { CaluteError } from '@calute/core/errors';
import { ProviderPaused } from '@calute/core/models/pacing/provider-paused';
import { encodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEvent } from '@calute/core/runs/run-event';
import { expect, it } from 'vitest';
import { newRun } from '../../../../tests/support/new-run.ts';
import { end, endless, openWorker, text, usage } from '../testing/open-worker.ts';

const done = { outcome: 'done' };

it('ends a run of which the client has seen something instead of starting it over', async () => {
  const worker = await openWorker(async function* () {
    yield text('again');
    yield end;
  });
  const runId = await worker.accept();
  await worker.takeElsewhere(runId);
  await worker.log.append([{ runId, epoch: 1, seq: 1, visible: true, payload: '["half"]' }]);
  await worker.handle(runId, 1);
  expect(await worker.events(runId)).toMatchObject([
    text('half'),
    { end: { reason: 'failed', code: 'worker_lost' } },
  ]);
});

it('starts a run over when its first worker has shown nothing', async () => {
  const worker = await openWorker(async function* () {
    yield text('second');
    yield end;
  });
  const runId = await worker.accept();
  await worker.takeElsewhere(runId);
  await worker.handle(runId, 1);
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
    const worker = await openWorker(async function* ({ committed }) {
      inputs.push(committed);
      yield text(' and whole');
      yield end;
    });
    const runId = await worker.accept({ stream });
    await worker.takeElsewhere(runId);
    const stored = encodeEvents([text('half'), stepCalls, toolResult]);
    await worker.log.append([{ runId, epoch: 1, seq: 1, visible: stream, payload: stored }]);
    await worker.handle(runId, 1);
    expect(inputs).toEqual([
      [
        {
          steps: [
            { text: 'half', calls: [{ id: 'c', name: 't', arguments: '{}' }], usage, results: ['done'] },
          ],
          hasLooseEnd: false,
        },
      ],
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

it.each([{ agent: 'other' }, { handoff: { index: 0, agent: 'other' } }])(
  'leaves a conversation that has passed to an agent which it lacks to other workers for a while: %o',
  async (more) => {
    const worker = await openWorker(
      async function* () {
        yield end;
      },
      { passOnTimes: 2 },
    );
    const runId = await worker.accept();
    await worker.takeElsewhere(runId);
    const stored = encodeEvents([{ ...stepCalls, ...more }, toolResult]);
    await worker.log.append([{ runId, epoch: 1, seq: 1, visible: true, payload: stored }]);
    expect(await worker.handle(runId, 1)).toMatchObject({ outcome: 'again', afterMs: 500 });
    expect(await worker.handle(runId, 2)).toEqual(done);
  },
);
const secondEnds: RunEvent = {
  type: 'choice-end',
  end: { reason: 'completed', finishReason: 'length', usage, processingMs: 1 },
  choice: 1,
};

it.each([
  ['goes on with the choice of several that has not ended', [stepCalls, toolResult], 'completed'],
  ['ends a run of several choices of which one is half shown', [text('half'), secondEnds], 'failed'],
])('%s', async (_, first, reason) => {
  const inputs: unknown[] = [];
  const worker = await openWorker(async function* ({ committed }) {
    inputs.push(...committed);
    yield end;
  });
  const runId = await worker.accept({ n: 2 });
  await worker.takeElsewhere(runId);
  const second: RunEvent = { type: 'text-delta', text: 'two', choice: 1 };
  const payload = encodeEvents([second, ...first, secondEnds]);
  await worker.log.append([{ runId, epoch: 1, seq: 1, visible: true, payload }]);
  await worker.handle(runId, 1);
  expect((await worker.events(runId)).at(-1)).toMatchObject({ end: { reason } });
  const resumed = [
    { steps: [{ results: ['done'] }] },
    { steps: [], end: { finishReason: 'length' }, hasLooseEnd: false },
  ];
  expect(inputs).toMatchObject(reason === 'completed' ? resumed : []);
});

it('asks the agent for its next event only when its step is stored, also when nothing else is until the end', async () => {
  const storedAtNext: number[] = [];
  const worker = await openWorker(async function* ({ runId }) {
    yield text('half');
    yield stepCalls;
    storedAtNext.push((await worker.events(runId)).length);
    yield toolResult;
    storedAtNext.push((await worker.events(runId)).length);
    yield text('more');
    yield end;
  });
  const runId = await worker.accept({ stream: false });
  await worker.handle(runId);
  expect(storedAtNext).toEqual([2, 3]);
});

it('leaves nothing of a lost attempt in the log of a run whose client waits for one answer', async () => {
  const worker = await openWorker(async function* ({ runId, signal }) {
    yield text('half');
    worker.held.stop(runId, 'fenced');
    signal.throwIfAborted();
  });
  const runId = await worker.accept({ stream: false });
  await worker.handle(runId);
  expect(await worker.events(runId)).toEqual([]);
});

it('hands a run back at a drain when nothing of it was shown, and ends it otherwise', async () => {
  const started = Promise.withResolvers<void>();
  const silent = await openWorker(async function* ({ signal }) {
    started.resolve();
    const stopped = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => stopped.reject(signal.reason));
    yield await stopped.promise;
  });
  const fresh = await silent.accept();
  const handled = silent.handle(fresh);
  await started.promise;
  silent.held.stopAll('drain');
  expect(await handled).toEqual({
    outcome: 'again',
    run: { runId: fresh, epoch: 1 },
    inFront: true,
    afterMs: 0,
  });

  const shown = await openWorker(endless);
  const half = await shown.accept();
  const ended = shown.handle(half);
  await expect.poll(() => shown.events(half)).toEqual([text('a')]);
  shown.held.stopAll('drain');
  expect(await ended).toEqual(done);
  expect((await shown.events(half)).at(-1)).toMatchObject({ end: { code: 'worker_lost' } });
});

it('does not let the agent start the tools of a step that the store has refused', async () => {
  let wentOn = false;
  const worker = await openWorker(async function* ({ runId }) {
    await worker.takeElsewhere(runId, 1);
    yield stepCalls;
    wentOn = true;
    yield end;
  });
  await worker.handle(await worker.accept());
  expect(wentOn).toBe(false);
});

it.each([false, true])(
  'repeats a failure that may pass for its idempotency key once a tool may have started: %s',
  async (tools) => {
    const worker = await openWorker(async function* () {
      if (tools) yield stepCalls;
      yield text('half');
      throw new CaluteError('upstream_cut', 'cut');
    });
    const keyed = () => newRun('nobody', { idempotency: { key: 'k', bodyHash: 'same' } });
    const first = keyed();
    await worker.log.accept(first);
    await worker.handle(first.id);
    const second = await worker.log.accept(keyed());
    expect(second.outcome).toBe(tools ? 'duplicate' : 'accepted');
  },
);

it('lets the run of a client that left its slot while its provider takes no calls, and goes on from its last step', async () => {
  let calls = 0;
  const worker = await openWorker(async function* ({ patience, committed }) {
    expect(patience.ifPaused).toBe('leave');
    calls += 1;
    if (calls === 1) {
      yield stepCalls;
      throw new ProviderPaused(Date.now() + 30);
    }
    expect(committed).toMatchObject([{ steps: [{ text: 'half' }] }]);
    yield end;
  });
  const runId = await worker.accept({}, 60_000, 'continue');
  expect(await worker.handle(runId)).toEqual(done);
  expect(await worker.events(runId)).toEqual([stepCalls]);
  expect(await worker.handle(runId, 1)).toEqual(done);
  await expect.poll(() => worker.release()).toEqual([{ runId, epoch: 1 }]);
  expect(await worker.handle(runId, 1)).toEqual(done);
  expect(await worker.events(runId)).toEqual([stepCalls, end]);
});
