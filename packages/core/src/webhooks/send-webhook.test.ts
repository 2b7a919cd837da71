import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { OpenAI } from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { sendWebhook } from './send-webhook.ts';
import { createWebhookSecret, type WebhookEvent, webhookSecretSchema } from './webhook-event.ts';

const event: WebhookEvent = {
  id: 'evt_1',
  object: 'event',
  created_at: 1_700_000_000,
  type: 'batch.completed',
  data: { id: 'batch_1' },
};
const secret = createWebhookSecret();

async function receive(status: number, headers: Readonly<Record<string, string>> = {}) {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    if (status === 0) return;
    response.writeHead(status, headers).end('x'.repeat(100_000));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // because it listens on TCP
  return { url: `http://hooks.example:${port}/in?x=1`, received };
}

const options = {
  allowPrivate: true,
  nowMs: Date.now(),
  timeoutMs: 300,
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
};

test('what is sent is what the SDK verifies, at the address that was looked up', async () => {
  const { url, received } = await receive(204);
  expect(await sendWebhook({ url, secret }, event, options)).toEqual({ outcome: 'delivered' });
  const [first] = received;
  const { webhooks } = new OpenAI({ apiKey: 'none', webhookSecret: secret });
  const headers = new Headers(first?.headers as Record<string, string>); // because none is there twice
  expect(await webhooks.unwrap(first?.body ?? '', headers)).toEqual(event);
  expect(first?.headers.host).toMatch(/^hooks\.example:/);
  const other = new OpenAI({ apiKey: 'none', webhookSecret: createWebhookSecret() });
  await expect(other.webhooks.unwrap(first?.body ?? '', headers)).rejects.toThrow('signature');
});

test.each([
  [500, {}],
  [302, { location: 'http://127.0.0.1:1/' }],
])('a %i is a failure, and no redirect is followed', async (status, headers) => {
  const { url, received } = await receive(status, headers);
  expect(await sendWebhook({ url, secret }, event, options)).toEqual({
    outcome: 'failed',
    reason: `it answered ${status}`,
  });
  expect(received).toHaveLength(1);
});

test('a receiver that says nothing, or is not there, is a failure', async () => {
  const { url } = await receive(0);
  expect(await sendWebhook({ url, secret }, event, options)).toMatchObject({ outcome: 'failed' });
  const nobody = 'http://hooks.example:1/';
  expect(await sendWebhook({ url: nobody, secret }, event, options)).toMatchObject({ outcome: 'failed' });
});

test('without leave nothing is sent inside, nor over plain HTTP', async () => {
  const { url, received } = await receive(204);
  const guarded = { ...options, allowPrivate: false };
  expect(await sendWebhook({ url, secret }, event, guarded)).toMatchObject({ outcome: 'refused' });
  const secure = url.replace('http:', 'https:');
  expect(await sendWebhook({ url: secure, secret }, event, guarded)).toEqual({
    outcome: 'refused',
    reason: 'its host is not a public one',
  });
  expect(received).toEqual([]);
});

test('secrets are whsec_ and 24 to 64 bytes', () => {
  expect(webhookSecretSchema.safeParse(secret).success).toBe(true);
  for (const bad of ['', 'whsec_', 'whsec_c2hvcnQ=', secret.slice(6), `${secret}!`]) {
    expect(webhookSecretSchema.safeParse(bad).success).toBe(false);
  }
});
