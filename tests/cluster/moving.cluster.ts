import { expect, test } from 'vitest';
import { tenantIdSchema } from '../../packages/core/src/ids.ts';
import { createPartitioning, partitionPrefix } from '../../packages/core/src/redis/partitioning.ts';
import { ask } from '../support/chat-request.ts';
import { contentOf, openSse } from '../support/read-sse.ts';
import { prepareCalute } from '../support/start-calute.ts';
import { type RedisCluster, startRedisCluster } from '../support/start-redis-cluster.ts';

const partitions = 4;
const tokens = 150;

/** An API and a worker on a Cluster of their own, and a stream that has said something. */
async function openStream(cluster: RedisCluster) {
  await using opened = new AsyncDisposableStack();
  const model = `offline:lorem?tokens=${tokens}&delayMs=40`;
  const calute = opened.use(
    await prepareCalute([
      { id: 'slow', model },
      { id: 'quick', model: 'offline:echo' },
    ]),
  );
  const settings = { REDIS_URL: cluster.url, REDIS_PARTITIONS: String(partitions) };
  const [api] = await Promise.all([calute.startApi(settings), calute.startWorker(settings)]);
  const url = `${api.url}/v1/chat/completions`;
  const stream = opened.use(await openSse(url, { body: { ...ask('slow'), stream: true } }));
  await stream.readUntil((text) => text.split('\n\n').length > 10);
  const { ofTenant } = createPartitioning(partitions);
  const space = { prefix: calute.environment.CALUTE_PREFIX, partitions, isCluster: true };
  // Without keys all runs are of one tenant.
  const key = partitionPrefix(space, ofTenant(tenantIdSchema.parse('local')));
  const answers = async () => {
    const body = JSON.stringify(ask('quick'));
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await response.text();
    return response.status;
  };
  const open = opened.move();
  return { stream, key, answers, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

test('a stream goes on, whole, while the slot of its partition moves to another node', async () => {
  await using cluster = await startRedisCluster();
  await using opened = await openStream(cluster);
  await cluster.moveSlot(opened.key);
  const text = await opened.stream.readAll();
  expect(text).toContain('[DONE]');
  expect(contentOf(text).trim().split(/\s+/)).toHaveLength(tokens);
  expect(await opened.answers()).toBe(200);
});

test('a stream goes on, whole, or says that it is lost, when the node of its partition is killed', async () => {
  await using cluster = await startRedisCluster({ replicas: true });
  await using opened = await openStream(cluster);
  const owner = await cluster.ownerOf(opened.key);
  await owner.kill();
  const text = await opened.stream.readAll();
  if (!text.includes('"store_lost"')) {
    expect(text).toContain('[DONE]');
    expect(contentOf(text).trim().split(/\s+/)).toHaveLength(tokens);
  }
  await expect.poll(opened.answers, { timeout: 15_000 }).toBe(200);
}, 60_000);
