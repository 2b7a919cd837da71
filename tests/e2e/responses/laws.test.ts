import { expect, it } from 'vitest';
import { gatedAnswer, hangingAnswer } from '../../support/gated-answer.ts';
import { openSse, parseEvents, parseWholeEvents } from '../../support/read-sse.ts';
import { textAnswer } from '../../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../../support/start-calute.ts';
import { startReplicas } from '../../support/start-replicas.ts';

const models = ['plain', 'gated', 'keyed', 'leaves', 'late'];
const replicas = share(() => startReplicas(models, { DISCONNECT_GRACE_MS: '100' }));

const headersOf = (secret: string) => ({
  authorization: `Bearer ${secret}`,
  'content-type': 'application/json',
});

/** A request as the first tenant, unless `as` says otherwise. */
async function ask(
  path: string,
  {
    api = 0,
    as = 0,
    method,
    body,
    headers = {},
  }: {
    readonly api?: 0 | 1;
    readonly as?: 0 | 1;
    readonly method?: string;
    readonly body?: object;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
) {
  const { apis, secrets } = replicas();
  const response = await fetch(`${apis[api].url}/v1${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...headersOf(secrets[as]), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const stream = (body: object, headers: Readonly<Record<string, string>> = {}) => {
  const { apis, secrets } = replicas();
  const sent = { ...headersOf(secrets[0]), ...headers };
  return openSse(`${apis[0].url}/v1/responses`, { body: { ...body, stream: true }, headers: sent });
};
const follow = (id: string, cursor = '') => {
  const { apis, secrets } = replicas();
  const url = `${apis[1].url}/v1/responses/${id}?stream=true${cursor}`;
  return openSse(url, { headers: headersOf(secrets[0]) });
};
const idOf = (text: string) => /"id":"(resp_[\w-]+)"/.exec(text)?.[1] ?? '';

it('shows a tenant nothing of another', async () => {
  const { upstream } = replicas();
  await upstream.script('plain', textAnswer(['Hi']));
  const { body: made } = await ask('/responses', { body: { model: 'plain', input: 'Hi' } });
  const { body: conversation } = await ask('/conversations', { body: {} });
  const path = `/responses/${made.id}`;
  const other = { as: 1 } as const;
  const tries = [
    await ask(path, other),
    await ask(`${path}?stream=true`, other),
    await ask(`${path}/input_items`, other),
    await ask(`${path}/cancel`, { ...other, method: 'POST' }),
    await ask(path, { ...other, method: 'DELETE' }),
    await ask(`/chat/completions/${made.id.replace('resp_', 'chatcmpl-')}`, other),
    await ask('/responses', {
      ...other,
      body: { model: 'plain', input: 'x', previous_response_id: made.id },
    }),
    await ask('/responses', { ...other, body: { model: 'plain', input: [{ id: made.output[0].id }] } }),
    await ask('/responses', {
      ...other,
      body: { model: 'plain', input: 'x', conversation: conversation.id },
    }),
    await ask(`/conversations/${conversation.id}`, other),
    await ask(`/conversations/${conversation.id}/items`, other),
    await ask(`/conversations/${conversation.id}`, { ...other, method: 'DELETE' }),
  ];
  expect(tries.map(({ status }) => status)).toEqual(tries.map(() => 404));
  expect((await ask(path, { api: 1 })).status).toBe(200);
});

it('makes requests with one key one response, streamed and in the background, and refuses another body', async () => {
  const { upstream } = replicas();
  await upstream.script('keyed', gatedAnswer(['One'], 'keyed', [' more']));
  const headers = { 'idempotency-key': 'same' };
  const body = { model: 'keyed', input: 'Hi', background: true };
  const first = await ask('/responses', { body, headers });
  const again = await ask('/responses', { body, headers, api: 1 });
  expect(again.body.id).toBe(first.body.id);
  const different = await ask('/responses', { body: { ...body, input: 'Other' }, headers });
  expect([different.status, different.body.error.code]).toEqual([422, 'idempotency_key_reused']);
  await upstream.release('keyed');
  await (await follow(first.body.id)).readAll();
  expect(await upstream.requests('keyed')).toHaveLength(1);
});

it('ends a run whose client has left, but not one in the background', async () => {
  const { upstream } = replicas();
  await upstream.script('late', gatedAnswer(['Well'], 'late', [' done']));
  const background = await stream({ model: 'late', input: 'Hi', background: true });
  const goesOn = idOf(await background.readUntil((text) => text.includes('output_text.delta')));
  background.leave();
  await upstream.script('leaves', hangingAnswer(['Well']));
  const left = await stream({ model: 'leaves', input: 'Hi' });
  const id = idOf(await left.readUntil((text) => text.includes('output_text.delta')));
  left.leave();
  await expect.poll(async () => (await ask(`/responses/${id}`)).body.status).toBe('cancelled');

  // Its client left before the other one.
  expect((await ask(`/responses/${goesOn}`)).body.status).toBe('in_progress');
  await upstream.release('late');
  await expect.poll(async () => (await ask(`/responses/${goesOn}`)).body.status).toBe('completed');
});

it('goes on at another replica, byte for byte, when the one that streamed it is killed', async () => {
  const { upstream, secrets, startApi } = replicas();
  await upstream.script('gated', gatedAnswer(['One', ' two'], 'gated', [' three']));
  const extra = await startApi();
  const body = { model: 'gated', input: 'Count', stream: true, background: true };
  const cut = await openSse(`${extra.url}/v1/responses`, { body, headers: headersOf(secrets[0]) });
  const seen = await cut.readUntil((text) => text.includes('output_text.delta'));
  await extra.stop('SIGKILL');
  const before = parseWholeEvents(seen);
  const rest = await follow(idOf(seen), `&starting_after=${before.at(-1)?.id}`);
  await upstream.release('gated');
  const after = parseEvents(await rest.readAll());
  const whole = await (await follow(idOf(seen))).readAll();
  expect([...before, ...after]).toEqual(parseEvents(whole));
  expect(whole.startsWith(seen.slice(0, seen.lastIndexOf('\n\n') + 2))).toBe(true);
  expect((await ask(`/responses/${idOf(seen)}`)).body.output[0].content[0].text).toBe('One two three');
});

it('goes on after the death of its worker when nothing was said, and fails for good when something was', {
  timeout: 60_000,
}, async () => {
  await using calute = await prepareCalute(passOn('silent', 'half'));
  const [api, doomed] = await Promise.all([calute.startApi(), calute.startWorker()]);
  await calute.upstream.script('silent', [{ type: 'hang' }], textAnswer(['second ', 'attempt']));
  await calute.upstream.script('half', hangingAnswer(['first attempt']));
  const open = (model: string) =>
    openSse(`${api.url}/v1/responses`, { body: { model, input: 'Hi', stream: true } });
  const silent = await open('silent');
  const half = await open('half');
  await half.readUntil((text) => text.includes('first attempt'));
  await calute.upstream.waitForRequests('silent', 1);
  await calute.startWorker();
  await doomed.stop('SIGKILL');

  const told = parseEvents(await silent.readAll());
  expect(told.map(({ id }) => id)).toEqual(told.map((_, index) => index));
  const { response } = JSON.parse(told.at(-2)?.data ?? '');
  expect(response).toMatchObject({
    status: 'completed',
    output: [{ content: [{ text: 'second attempt' }] }],
  });

  const broken = parseEvents(await half.readAll());
  expect(broken.slice(-3, -1).map(({ data }) => JSON.parse(data))).toMatchObject([
    { type: 'error', code: 'worker_lost' },
    { type: 'response.failed', response: { status: 'failed', output: [{ status: 'incomplete' }] } },
  ]);
});
