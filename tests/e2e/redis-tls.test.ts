import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkRedis } from '../../scripts/redis/check-redis.ts';
import { freePort } from '../../scripts/redis/free-port.ts';
import { ask } from '../support/chat-request.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';

const certificate = (name: string) =>
  fileURLToPath(new URL(`../support/certificates/${name}`, import.meta.url));

test('API and worker reach Redis by TLS with an authority of its own, and refuse one they do not know', async () => {
  const port = await freePort();
  await using _server = await startRedisServer([
    ...['--tls-port', String(port), '--tls-auth-clients', 'no'],
    ...['--tls-cert-file', certificate('server.crt'), '--tls-key-file', certificate('server.key')],
  ]);
  await using calute = await prepareCalute(passOn('model'));
  const secure = { REDIS_URL: `rediss://127.0.0.1:${port}`, REDIS_CA_FILE: certificate('ca.crt') };
  const [api] = await Promise.all([calute.startApi(secure), calute.startWorker(secure)]);
  await calute.upstream.script('model', textAnswer(['by TLS']));
  const response = await fetch(`${api.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ask('model')),
  });
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'by TLS' } }] });
  expect(await checkRedis(secure.REDIS_URL, 3000, secure.REDIS_CA_FILE)).toEqual({
    outcome: 'usable',
    warnings: [],
  });
  const unknown = await checkRedis(secure.REDIS_URL, 3000, '');
  expect(unknown).toMatchObject({ outcome: 'unusable', message: expect.stringContaining('REDIS_CA_FILE') });
});
