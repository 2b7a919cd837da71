import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startSlowProxy } from '../support/slow-proxy.ts';
import { startPrivateRedis } from '../support/start-private-redis.ts';
import { startApi, startWorker } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';

const agentFile = `
import { appendFileSync } from 'node:fs';
import { defineAgent } from '@calute/core/agent/define-agent';
import { z } from 'zod';
export default defineAgent({
  id: 'payer',
  model: 'offline:echo',
  tools: {
    pay: {
      description: 'Pays',
      parameters: z.object({ amount: z.number() }),
      execute: ({ amount }) => {
        appendFileSync(process.env.EFFECTS, amount + '\\n');
        return { paid: amount };
      },
    },
  },
});
`;

it('starts no tool for a client that was told 503 because the answer of Redis got lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'calute-unconfirmed-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'payer.ts'), agentFile);
  const effects = join(folder, 'effects.txt');
  await writeFile(effects, '');
  await using redis = await startPrivateRedis({ aof: true });
  await using proxy = await startSlowProxy(redis.port);
  const environment = { CALUTE_PREFIX: randomPrefix(), CALUTE_AGENTS: folder, EFFECTS: effects };
  await using api = await startApi({ ...environment, REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  await using _worker = await startWorker({ ...environment, REDIS_URL: redis.url });
  const pay = (amount: number) =>
    fetch(`${api.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'payer',
        messages: [{ role: 'user', content: `call pay {"amount":${amount}}` }],
      }),
    });
  expect((await pay(1)).status).toBe(200);

  // Redis accepts the run at once; only the API does not hear of it, so nobody queues it.
  proxy.loseReplies();
  const refused = await pay(2);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ error: { code: 'store_unavailable' } });
  proxy.restoreReplies();
  await expect.poll(async () => (await pay(3)).status, { timeout: 10_000 }).toBe(200);
  expect(await readFile(effects, 'utf8')).toBe('1\n3\n');
});
