import { expect, it } from 'vitest';
import { runIdSchema } from '../ids.ts';
import { agent, answer, chat, collect, context, identity, openService } from './testing/open-service.ts';

it('gathers the answer of a worker', async () => {
  const { service, accepted, work } = await openService();
  const completion = service.createCompletion(agent, chat.messages, chat, context());
  expect(await work(await accepted, answer)).toBe('stored');
  expect(await completion).toMatchObject({ model: 'echo', choices: [{ message: { content: 'Hi' } }] });
});

it('streams the answer of a worker, and gives followers the same bytes', async () => {
  const { service, accepted, work } = await openService();
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

it('keeps for the worker the tier that the key may ask for', async () => {
  const { service, log, accepted, work } = await openService();
  const asked = { ...chat, service_tier: 'priority' as const };
  const completion = service.createCompletion(agent, chat.messages, asked, context());
  const runId = await accepted;
  const read = await log.read(runId, { afterSeq: 0, limit: 1, withHeader: true });
  expect(read).toMatchObject({ header: { request: { chat: { service_tier: 'auto' } } } });
  await work(runId, answer);
  await completion;
});

it('calls no worker for a run that is refused', async () => {
  const { service, queue } = await openService({ maxLiveRuns: 0 });
  const refused = service.createCompletion(agent, chat.messages, chat, context());
  await expect(refused).rejects.toMatchObject({ code: 'server_is_overloaded' });
  expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
});

it('shows a run to its tenant only', async () => {
  const { service, accepted, work } = await openService();
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
  const { service } = await openService({ now: () => Date.parse('2026-01-02T00:00:00Z') });
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
  const { service, accepted, queue, work } = await openService();
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
  const { service, accepted, work } = await openService({ disconnectGraceMs: 0 });
  const stream = collect(
    service.createStreamingCompletion(agent, chat.messages, chat, context({ signal: gone.signal })),
  );
  const runId = await accepted;
  gone.abort();
  expect(await stream).toEqual([]);
  await expect.poll(() => work(runId, answer)).toBe('ended');

  const back = new AbortController();
  const second = await openService({ disconnectGraceMs: 50 });
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
  const unfollowed = { spare: 'followed' as const };
  expect(await second.log.end(kept, { reason: 'cancelled', by: 'disconnect' }, unfollowed)).toBe('spared');
  expect(await second.work(kept, answer.slice(1), 2)).toBe('stored');
  expect((await collect(resumed)).at(-1)).toBe('[DONE]');
});

it('attaches to the run of an idempotency key instead of making another', async () => {
  const { service, accepted, work } = await openService();
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
  const { service, accepted, work } = await openService();
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
