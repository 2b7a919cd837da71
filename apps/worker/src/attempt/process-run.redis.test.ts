import { CaluteError } from '@calute/core/errors';
import { expect, it } from 'vitest';
import { end, endless, openWorker, type Script, text } from '../testing/open-worker.ts';

const done = { outcome: 'done' };

it('writes what the agent says to the log, up to its end', async () => {
  const worker = await openWorker(async function* () {
    yield text('a');
    yield text('b');
    yield end;
  });
  const runId = await worker.accept();
  expect(await worker.handle(runId)).toEqual(done);
  expect(await worker.events(runId)).toEqual([text('ab'), end]);
});

it('reports a failure with its code, and hides the text of a bug', async () => {
  const failing = await openWorker(async function* () {
    yield text('a');
    throw new CaluteError('upstream_cut', 'The upstream was cut.', { retryAfterMs: 5 });
  });
  const failed = await failing.accept();
  await failing.handle(failed);
  expect((await failing.events(failed)).at(-1)).toMatchObject({
    end: { code: 'upstream_cut', retryAfterMs: 5 },
  });

  const buggy = await openWorker(async function* () {
    yield text('a');
    throw new TypeError('secret detail');
  });
  const broken = await buggy.accept();
  await buggy.handle(broken);
  expect(JSON.stringify(await buggy.events(broken))).not.toContain('secret detail');
  expect((await buggy.events(broken)).at(-1)).toMatchObject({ end: { code: 'internal_error' } });
});

it('ends a run at its deadline', async () => {
  const worker = await openWorker(endless);
  const runId = await worker.accept({}, 100);
  await worker.handle(runId);
  expect((await worker.events(runId)).at(-1)).toMatchObject({ end: { reason: 'cancelled', by: 'deadline' } });
});

it('stops a run that is ended from outside, and writes nothing after that end', async () => {
  const worker = await openWorker(endless);
  const runId = await worker.accept();
  const handled = worker.handle(runId);
  await expect.poll(() => worker.events(runId)).toEqual([text('a')]);
  await worker.log.end(runId, { reason: 'cancelled', by: 'client' });
  await worker.held.stopEnded(worker.log);
  expect(await handled).toEqual(done);
  expect(await worker.events(runId)).toMatchObject([
    text('a'),
    { end: { reason: 'cancelled', by: 'client' } },
  ]);
});

it('ends a run whose log has become shorter than what was shown', async () => {
  const release = Promise.withResolvers<void>();
  const worker = await openWorker(async function* () {
    yield text('a');
    await release.promise;
    yield text('b');
    yield end;
  });
  const runId = await worker.accept();
  const handled = worker.handle(runId);
  await expect.poll(() => worker.events(runId)).toEqual([text('a')]);
  // As a replica has it that had not received the frame.
  await worker.redis.del(worker.keys.log(runId));
  await worker.redis.hset(worker.keys.run(runId), 'seq', 0);
  release.resolve();
  expect(await handled).toEqual(done);
  await expect.poll(() => worker.events(runId)).toMatchObject([{ end: { code: 'store_lost' } }]);
});

it('stops a run whose end is told while it is being claimed', async () => {
  const worker = await openWorker(endless);
  const runId = await worker.accept();
  const handled = worker.handle(runId);
  worker.held.stop(runId, 'fenced');
  expect(await handled).toEqual(done);
});

it('takes no run that was given to somebody else, or that it has in hand already', async () => {
  const worker = await openWorker(endless);
  const [taken, held] = [await worker.accept(), await worker.accept()];
  await worker.takeElsewhere(taken);
  expect(await worker.handle(taken)).toEqual(done);
  expect(await worker.events(taken)).toEqual([]);
  const first = worker.handle(held);
  expect(await worker.handle(held)).toEqual(done);
  worker.held.stopAll('fenced');
  await first;
});

it('cancels a stream that no process listens to, unless its client asked to go on', async () => {
  const twoWords: Script = async function* ({ signal }) {
    for (const word of ['a', 'b']) {
      yield text(word);
      await new Promise((resolve) => setImmediate(resolve));
      await isShown.promise;
      signal.throwIfAborted();
    }
    yield end;
  };
  const isShown = Promise.withResolvers<void>();
  const worker = await openWorker(twoWords, { absenceGraceMs: 0 });
  const [orphan, kept] = [await worker.accept(), await worker.accept({}, 60_000, 'continue')];
  const handled = [worker.handle(orphan), worker.handle(kept)];
  await expect.poll(async () => (await worker.events(orphan)).length).toBeGreaterThan(0);
  isShown.resolve();
  await Promise.all(handled);
  expect((await worker.events(orphan)).at(-1)).toMatchObject({
    end: { reason: 'cancelled', by: 'disconnect' },
  });
  expect((await worker.events(kept)).at(-1)).toEqual(end);
});

it('cancels a run that says nothing and that no process listens to, unless its client asked to go on', async () => {
  const worker = await openWorker(endless, { absenceGraceMs: 0 });
  const whole = { stream: false };
  const [orphan, kept] = [await worker.accept(whole), await worker.accept(whole, 60_000, 'continue')];
  const handled = [worker.handle(orphan), worker.handle(kept)];
  await expect
    .poll(() => worker.held.checkPresence(worker.log).then(() => worker.events(orphan)))
    .toHaveLength(2);
  expect((await worker.events(orphan)).at(-1)).toMatchObject({
    end: { reason: 'cancelled', by: 'disconnect' },
  });
  expect(await worker.events(kept)).toEqual([]);
  worker.held.stopAll('fenced');
  await Promise.all(handled);
});

it('runs each agent, and those that take over from it, with the sampling values of its own request only', async () => {
  const seen: unknown[] = [];
  const worker = await openWorker(
    async function* ({ agent: { sampling }, findAgent }) {
      expect(findAgent('nobody')).toBe(undefined);
      expect(findAgent('echo')?.sampling).toEqual(sampling);
      seen.push(sampling);
      yield end;
    },
    { canOverrideSamplings: true },
  );
  await worker.handle(await worker.accept({ temperature: 0 }));
  await worker.handle(await worker.accept());
  expect(seen).toEqual([{ temperature: 0 }, {}]);
});

it('passes the run of an agent that this worker does not have on to others for a while', async () => {
  const worker = await openWorker(endless, { passOnTimes: 1 });
  const runId = await worker.accept({ model: 'other' });
  const again = { outcome: 'again', run: { runId, epoch: 1 }, inFront: false, afterMs: 500 };
  expect(await worker.handle(runId)).toEqual(again);
  expect(await worker.events(runId)).toEqual([]);
  expect(await worker.handle(runId, 1)).toEqual(done);
});

it('ends the run of an agent that no worker has with an error to retry', async () => {
  const worker = await openWorker(endless);
  const unknown = await worker.accept({ model: 'other' });
  await worker.handle(unknown);
  expect((await worker.events(unknown)).at(-1)).toMatchObject({ end: { code: 'agent_unavailable' } });
});

it('leaves a run to newer workers whose request a newer version has stored, and says so when there are none', async () => {
  const worker = await openWorker(endless, { passOnTimes: 1 });
  const runId = await worker.accept();
  await worker.storeLaterVersion(runId);
  const again = { outcome: 'again', run: { runId, epoch: 1 }, inFront: false, afterMs: 500 };
  expect(await worker.handle(runId)).toEqual(again);
  expect(await worker.events(runId)).toEqual([]);
  expect(await worker.handle(runId, 1)).toEqual(done);
  expect((await worker.events(runId)).at(-1)).toMatchObject({
    end: { code: 'agent_unavailable', message: expect.stringContaining('start workers of that version') },
  });
  expect(worker.lines.join('')).toContain('run.unreadable');
});

it('gives up a run whose workers died under it too often, and keeps what it was', async () => {
  const worker = await openWorker(endless);
  const runId = await worker.accept();
  for (const epoch of [0, 1]) await worker.loseElsewhere(runId, epoch);
  const given = worker.handle(runId, 2);
  await expect(given).rejects.toMatchObject({
    name: 'GivenUp',
    content: { request: { chat: { model: 'echo' } } },
  });
  expect((await worker.events(runId)).at(-1)).toMatchObject({ end: { code: 'worker_lost' } });
});

it.each([
  ['flex', 'flex'],
  ['auto', 'default'],
  ['priority', 'default'],
  [undefined, undefined],
])('tells a client that asked for the tier %s in which one it was served', async (asked, served) => {
  const worker = await openWorker(async function* () {
    yield end;
  });
  const runClass = asked === 'flex' ? 'flex' : 'live';
  const runId = await worker.accept({ service_tier: asked }, 60_000, 'cancel', runClass);
  await worker.handle(runId);
  const [last] = await worker.events(runId);
  expect(last?.type === 'run-end' && last.end.reason === 'completed' && last.end.serviceTier).toBe(served);
});
