import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { RunId } from '../ids.ts';
import type { CompletionContext } from './completion-context.ts';
import { agent, answer, chat, collect, context, openService } from './testing/open-service.ts';

/** With no worker there is room for two. */
async function openBusy() {
  const opened = await openService({ room: 0 });
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
  await expect.poll(() => opened.backlog.size()).toMatchObject({ offered: 2 });
  return { ...opened, ask, busy: await first.promise };
}

const late = { error: { code: 'deadline_exceeded' } };

it('ends a run at its deadline that no worker has begun', async () => {
  const { ask } = await openBusy();
  const last = (await collect(ask({ deadlineMs: 30 }))).at(-1);
  expect(JSON.parse(last ?? '')).toMatchObject(late);
});

it('ends a run at its deadline that was offered to workers of which none takes it, and takes its job away', async () => {
  const { service, queue } = await openService();
  const request = { ...chat, stream: true };
  const events = service.createStreamingCompletion(
    agent,
    chat.messages,
    request,
    context({ deadlineMs: 300 }),
  );
  const told = collect(events);
  await expect.poll(() => queue.counts()).toMatchObject({ waiting: 1 });
  expect(JSON.parse((await told).at(-1) ?? '')).toMatchObject(late);
  await expect.poll(() => queue.counts()).toMatchObject({ waiting: 0 });
});

it('leaves a run to the worker that has it, also past its deadline', async () => {
  const { service, work, log, accepted } = await openService();
  const request = { ...chat, stream: true };
  const events = service.createStreamingCompletion(
    agent,
    chat.messages,
    request,
    context({ deadlineMs: 1000 }),
  );
  const told = collect(events);
  const runId = await accepted;
  await work(runId, [{ type: 'text-delta', text: 'Hi' }]);
  await delay(1200);
  expect(await log.heads([runId])).toEqual([{ seq: 1, ended: false }]);
  await log.end(runId, { reason: 'cancelled', by: 'deadline' });
  expect(JSON.parse((await told).at(-1) ?? '')).toMatchObject(late);
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

it('tells whoever attaches by its key, or reads its stream again, where a run stands', async () => {
  const { ask, service, log, busy } = await openBusy();
  const keyed = { showEvents: true, idempotencyKey: 'again' };
  const accepted = Promise.withResolvers<RunId>();
  const first = ask({ ...keyed, onAccepted: accepted.resolve });
  await first.next();
  const runId = await accepted.promise;
  const queued = Promise.withResolvers<unknown>();
  const attached = ask({ ...keyed, onQueued: queued.resolve });
  const followed = service.followStreamingCompletion(runId, { ...context(), afterEventId: 0 });
  const place = { calute: { event: 'queued', position: 0 } };
  for (const stream of [attached, followed]) {
    const { value: [told] = [] } = await stream.next();
    expect(told?.id).toBe(undefined);
    expect(JSON.parse(told?.data ?? '')).toMatchObject(place);
  }
  expect(await queued.promise).toMatchObject({ position: 0 });
  for (const id of [busy, runId]) await log.end(id, { reason: 'cancelled', by: 'client' });
  for (const stream of [first, attached, followed]) await collect(stream);
});
