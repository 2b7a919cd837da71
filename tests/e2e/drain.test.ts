import { describe, expect, it } from 'vitest';
import { ask, runIdOf } from '../support/chat-request.ts';
import { gatedAnswer } from '../support/gated-answer.ts';
import { contentOf, openSse, parseEvents } from '../support/read-sse.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';
import { startPrivateRedis } from '../support/start-private-redis.ts';
import type { StartedRole } from '../support/start-role.ts';

const calute = share(async () => {
  const installation = await prepareCalute(passOn('moved', 'moved-whole', 'finished'));
  const [leaving, staying, worker] = await Promise.all([
    installation.startApi({ DRAIN_TIMEOUT_MS: '200' }),
    installation.startApi(),
    installation.startWorker(),
  ]);
  return { ...installation, leaving, staying, worker };
});

function post(api: StartedRole, body: object) {
  return openSse(`${api.url}/v1/chat/completions`, { body });
}

describe('SIGTERM', () => {
  it('of an API ends its open streams between two events, and another API gives the rest', async () => {
    const { upstream, leaving, staying } = calute();
    await upstream.script('moved', gatedAnswer(['One, ', 'zwei, '], 'moved', ['三']));
    await upstream.script('moved-whole', gatedAnswer(['Whole'], 'moved', []));
    const stream = await post(leaving, { ...ask('moved'), stream: true });
    const waiting = post(leaving, ask('moved-whole'));
    await stream.readUntil((text) => text.includes('zwei, '));
    await upstream.waitForRequests('moved-whole', 1);
    const exit = leaving.stop('SIGTERM');
    const text = await stream.readAll();
    const events = parseEvents(text);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    expect(text).not.toMatch(/"error"|\[DONE\]/);

    const refused = await waiting;
    expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([503, 'true']);
    expect(JSON.parse(await refused.readAll()).error.code).toBe('server_draining');
    expect(await exit).toBe(0);

    const follow = (headers: Record<string, string>) =>
      openSse(`${staying.url}/v1/chat/completions/${runIdOf(text)}/stream`, { headers });
    const rest = await follow({ 'Last-Event-ID': `${events.length}` });
    await upstream.release('moved');
    const bytes = text + (await rest.readAll());
    expect(contentOf(bytes)).toBe('One, zwei, 三');
    expect(bytes).toBe(await (await follow({})).readAll());
    expect(parseEvents(bytes).at(-1)?.data).toBe('[DONE]');
    expect(await upstream.requests('moved')).toHaveLength(1);
  });

  it('of a worker lets it finish the stream that it has begun, and leaves new runs to others', async () => {
    const { upstream, staying, worker, startWorker } = calute();
    await upstream.script('finished', gatedAnswer(['To be '], 'finished', ['continued']), [
      ...gatedAnswer([], 'finished', ['by another']),
    ]);
    const stream = await post(staying, { ...ask('finished'), stream: true });
    await stream.readUntil((text) => text.includes('To be '));
    const exit = worker.stop('SIGTERM');
    await expect.poll(() => worker.log(), { interval: 10 }).toContain('worker.draining');
    const next = post(staying, { ...ask('finished'), stream: true }).then((other) => other.readAll());
    await startWorker();
    await upstream.waitForRequests('finished', 2);
    expect([worker.process.exitCode, worker.process.signalCode]).toEqual([null, null]);
    await upstream.release('finished');
    const text = await stream.readAll();
    expect(contentOf(text)).toBe('To be continued');
    expect(parseEvents(text).at(-1)?.data).toBe('[DONE]');
    const nextText = await next;
    expect(contentOf(nextText)).toBe('by another');
    expect(await exit).toBe(0);
    expect(worker.log()).toContain('worker.stopped');
    expect(worker.log()).toContain(runIdOf(text));
    expect(worker.log()).not.toContain(runIdOf(nextText));
  });

  it.for(['api', 'worker'] as const)(
    'ends an idle %s although Redis does not answer',
    { timeout: 30_000 },
    async (role, { expect }) => {
      await using redis = await startPrivateRedis({ aof: false });
      const { startApi, startWorker } = calute();
      const start = { api: startApi, worker: startWorker }[role];
      const started = await start({ REDIS_URL: redis.url });
      redis.pause();
      expect(await started.stop('SIGTERM')).toBe(0);
    },
  );
});
