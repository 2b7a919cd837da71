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
