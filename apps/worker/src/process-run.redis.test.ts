import { CaluteError } from '@calute/core/errors';
import { expect, it } from 'vitest';
import { end, endless, lock, openWorker, type Script, text, usage } from './testing/open-worker.ts';

it('writes what the agent says to the log, up to its end', async () => {
  const worker = openWorker(async function* () {
    yield text('a');
    yield text('b');
    yield end;
  });
  const runId = await worker.accept();
  expect(await worker.handle(runId, lock)).toBe('done');
  expect(await worker.events(runId)).toEqual([text('ab'), end]);
});

it('reports a failure with its code, and hides the text of a bug', async () => {
  const failing = openWorker(async function* () {
    yield text('a');
    throw new CaluteError('upstream_cut', 'The upstream was cut.', { retryAfterMs: 5 });
  });
  const failed = await failing.accept();
  await failing.handle(failed, lock);
  expect((await failing.events(failed)).at(-1)).toMatchObject({
    end: { code: 'upstream_cut', retryAfterMs: 5 },
  });

  const buggy = openWorker(async function* () {
    yield text('a');
    throw new TypeError('secret detail');
  });
  const broken = await buggy.accept();
  await buggy.handle(broken, lock);
  expect(JSON.stringify(await buggy.events(broken))).not.toContain('secret detail');
  expect((await buggy.events(broken)).at(-1)).toMatchObject({ end: { code: 'internal_error' } });
});

it('ends a run at its deadline', async () => {
  const worker = openWorker(endless);
  const runId = await worker.accept({}, 100);
  await worker.handle(runId, lock);
  expect((await worker.events(runId)).at(-1)).toMatchObject({ end: { reason: 'cancelled', by: 'deadline' } });
});

it('stops a run that is ended from outside, and writes nothing after that end', async () => {
  const worker = openWorker(endless);
  const runId = await worker.accept();
  const handled = worker.handle(runId, lock);
  await expect.poll(() => worker.events(runId)).toEqual([text('a')]);
  await worker.log.end(runId, { reason: 'cancelled', by: 'client' });
  await worker.held.stopEnded(worker.log);
  expect(await handled).toBe('done');
  expect(await worker.events(runId)).toMatchObject([
    text('a'),
    { end: { reason: 'cancelled', by: 'client' } },
  ]);
});

it('stops a run whose end is the message right behind it', async () => {
  const worker = openWorker(endless);
  const runId = await worker.accept();
  const claim = await worker.log.claim(runId, 'control');
  if (claim.outcome !== 'claimed') throw new Error(`The run is ${claim.outcome}.`);
  const handled = worker.handler.handle({ runId, claim }, lock);
  worker.held.stop(runId, 'fenced');
  expect(await handled).toBe('done');
});

it('starts no tool of a provisional run before its acceptance is confirmed', async () => {
  const started = Promise.withResolvers<void>();
  const worker = openWorker(async function* () {
    yield text('a');
    yield { type: 'step-calls', text: 'a', calls: [{ id: 'c', name: 'pay', arguments: '{}' }], usage };
    started.resolve();
    yield end;
  });
  const runId = await worker.accept({}, 60_000, 'cancel', true);
  const asked = await worker.listen();
  const handled = worker.handle(runId, lock);
  await expect.poll(asked).toContain(`${runId} 0 `);
  expect(await worker.events(runId)).toEqual([text('a')]);
  await worker.log.confirm(runId);
  await started.promise;
  expect(await handled).toBe('done');
  expect(await worker.events(runId)).toMatchObject([text('a'), { type: 'step-calls' }, end]);
});

it('ends a provisional run that nobody confirms when nobody listens either', async () => {
  const worker = openWorker(async function* () {
    yield { type: 'step-calls', text: '', calls: [{ id: 'c', name: 'pay', arguments: '{}' }], usage };
    throw new Error('A tool has started.');
  });
  const runId = await worker.accept({}, 60_000, 'cancel', true);
  const asked = await worker.listen();
  const handled = worker.handle(runId, lock);
  await expect.poll(asked).toContain(`${runId} 0 `);
  worker.held.stop(runId, 'unheard');
  expect(await handled).toBe('done');
  expect(await worker.events(runId)).toMatchObject([{ end: { reason: 'cancelled', by: 'disconnect' } }]);
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
  const worker = openWorker(twoWords, { unheardGraceMs: 0 });
  const [orphan, kept] = [await worker.accept(), await worker.accept({}, 60_000, 'continue')];
  const handled = [worker.handle(orphan, lock), worker.handle(kept, lock)];
  await expect.poll(async () => (await worker.events(orphan)).length).toBeGreaterThan(0);
  heard.resolve();
  await Promise.all(handled);
  expect((await worker.events(orphan)).at(-1)).toMatchObject({
    end: { reason: 'cancelled', by: 'disconnect' },
  });
  expect((await worker.events(kept)).at(-1)).toEqual(end);
});

it('cancels a run that says nothing and that no process listens to, unless its client asked to go on', async () => {
  const worker = openWorker(endless, { unheardGraceMs: 0 });
  const whole = { stream: false };
  const [orphan, kept] = [await worker.accept(whole), await worker.accept(whole, 60_000, 'continue')];
  const handled = [worker.handle(orphan, lock), worker.handle(kept, lock)];
  await expect.poll(() => worker.held.listen(worker.log).then(() => worker.events(orphan))).toHaveLength(2);
  expect((await worker.events(orphan)).at(-1)).toMatchObject({
    end: { reason: 'cancelled', by: 'disconnect' },
  });
  expect(await worker.events(kept)).toEqual([]);
  worker.held.stopAll('fenced');
  await Promise.all(handled);
});

it('runs each agent, and those that take over from it, with the sampling values of its own request only', async () => {
  const seen: unknown[] = [];
  const worker = openWorker(
    async function* ({ agent: { sampling }, findAgent }) {
      expect(findAgent('nobody')).toBe(undefined);
      expect(findAgent('echo')?.sampling).toEqual(sampling);
      seen.push(sampling);
      yield end;
    },
    { canOverrideSamplings: true },
  );
  await worker.handle(await worker.accept({ temperature: 0 }), lock);
  await worker.handle(await worker.accept(), lock);
  expect(seen).toEqual([{ temperature: 0 }, {}]);
});

it('passes the run of an agent that this worker does not have on to others for a while', async () => {
  const worker = openWorker(endless, { passOnTimes: 1 });
  const runId = await worker.accept({ model: 'other' });
  expect(await worker.handle(runId, lock)).toBe('passed-on');
  expect(await worker.events(runId)).toEqual([]);
  expect(await worker.handle(runId, lock)).toBe('done');
});

it('ends the run of an agent that this worker does not have, and an abandoned one, with an error to retry', async () => {
  const worker = openWorker(endless);
  const unknown = await worker.accept({ model: 'other' });
  await worker.handle(unknown, lock);
  expect((await worker.events(unknown)).at(-1)).toMatchObject({ end: { code: 'agent_unavailable' } });
  const abandoned = await worker.accept();
  await worker.handler.abandon(abandoned, new Error('stalled'));
  expect((await worker.events(abandoned)).at(-1)).toMatchObject({ end: { code: 'worker_lost' } });
});
