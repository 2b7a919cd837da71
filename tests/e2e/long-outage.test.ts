import { setTimeout as delay } from 'node:timers/promises';
import { it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { gatedAnswer } from '../support/gated-answer.ts';
import { contentOf, openSse, parseEvents } from '../support/read-sse.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { type Calute, passOn, prepareCalute } from '../support/start-calute.ts';
import { type PrivateRedis, startPrivateRedis } from '../support/start-private-redis.ts';

/** Longer than a worker's lock on its runs. */
const outageMs = 12_000;
/** The workers that live have 4 s to come back; then the runs of the others are looked for. */
const recoveryMs = 4000 + 2000 + 6000;

interface Outage {
  begin(redis: PrivateRedis): Promise<void> | void;
  end(redis: PrivateRedis): Promise<void> | void;
}

const outages: Readonly<Record<string, Outage>> = {
  'is stopped': { begin: (redis) => redis.pause(), end: (redis) => redis.resume() },
  'is killed': {
    begin: (redis) => redis.kill(),
    end: (redis) => redis.start(),
  },
};

it.concurrent.for(Object.entries(outages))(
  'when Redis %s for longer than a lock lasts, living workers keep their runs, and those of a dead one are recovered',
  { timeout: 90_000 },
  async ([, outage], { annotate, expect }) => {
    await using redis = await startPrivateRedis({ aof: true });
    await using calute = await prepareCalute(passOn('doomed', 'kept'));
    const { api, doomed } = await startRoles(calute, redis);
    const url = `${api.url}/v1/chat/completions`;
    const { upstream } = calute;

    await upstream.script('doomed', [{ type: 'hang' }], textAnswer(['second ', 'attempt']));
    await upstream.script('kept', gatedAnswer(['one ', 'two '], 'recovered', ['three']));
    const lost = openSse(url, { body: { ...ask('doomed'), stream: true } });
    await upstream.waitForRequests('doomed', 1);
    const others = { REDIS_URL: redis.url };
    await Promise.all([calute.startWorker(others), calute.startWorker(others)]);
    const kept = await openSse(url, { body: { ...ask('kept'), stream: true } });
    await kept.readUntil((text) => text.includes('two '));

    await outage.begin(redis);
    await doomed.stop('SIGKILL');
    await delay(outageMs);
    await outage.end(redis);
    const backAt = performance.now();

    expect(contentOf(await (await lost).readAll())).toBe('second attempt');
    const afterMs = performance.now() - backAt;
    await annotate(`the run of the dead worker: over ${Math.round(afterMs)} ms after the outage`);
    expect(afterMs).toBeLessThan(recoveryMs);
    // By now somebody has looked for runs without a lock.
    await upstream.release('recovered');
    const text = await kept.readAll();
    expect(contentOf(text)).toBe('one two three');
    expect(parseEvents(text).at(-1)?.data).toBe('[DONE]');
    expect(await upstream.requests('kept')).toHaveLength(1);
    expect(await upstream.requests('doomed')).toHaveLength(2);
  },
);

/** A worker for the first run alone; it has no room for a second one. */
async function startRoles(calute: Calute, redis: PrivateRedis) {
  const [api, doomed] = await Promise.all([
    calute.startApi({ REDIS_URL: redis.url, SSE_HEARTBEAT_MS: '1000' }),
    calute.startWorker({ REDIS_URL: redis.url, WORKER_CONCURRENCY: '1' }),
  ]);
  return { api, doomed };
}
