import { OpenAI } from 'openai';
import { expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { hangingAnswer } from '../support/gated-answer.ts';
import { failure, textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const calute = share(async () => {
  const installation = await prepareCalute(passOn('plain', 'other', 'busy', 'fails'));
  const settings = { RUN_RETENTION_S: '1' };
  const [first, second] = await Promise.all([
    installation.startApi(settings),
    installation.startApi(settings),
    installation.startWorker({ ...settings, WORKER_CONCURRENCY: '1' }),
  ]);
  await installation.upstream.script('plain', textAnswer(['Hello']));
  await installation.upstream.script('other', textAnswer(['Other']));
  const clientOf = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  return { ...installation, url: first.url, openai: clientOf(first.url), other: clientOf(second.url) };
});

const look = async (id: string) => {
  const response = await fetch(`${calute().url}/v1/chat/completions/${id}`);
  return { status: response.status, body: await response.json() };
};

it('keeps stored completions beyond other runs, and finds, pages and changes them', async () => {
  const { openai, other } = calute();
  const { completions } = openai.chat;
  const store = (model: string, text: string, metadata: Record<string, string>) =>
    completions.create({ ...ask(model, text), store: true, metadata });
  const one = await store('plain', 'One', { user: 'ada' });
  const two = await store('plain', 'Two', { user: 'bob' });
  const three = await store('other', 'Three', { user: 'ada', more: 'x' });
  const forgotten = await completions.create(ask('plain'));
  // Runs that are not stored are kept for one second here.
  await expect.poll(async () => (await look(forgotten.id)).status, { timeout: 5000 }).toBe(404);

  const idsOf = async (query: OpenAI.ChatCompletionListParams) =>
    (await Array.fromAsync(other.chat.completions.list({ limit: 1, ...query }))).map(({ id }) => id);
  expect(await idsOf({})).toEqual([one.id, two.id, three.id]);
  expect(await idsOf({ order: 'desc' })).toEqual([three.id, two.id, one.id]);
  expect(await idsOf({ metadata: { user: 'ada' } })).toEqual([one.id, three.id]);
  expect(await idsOf({ model: 'other' })).toEqual([three.id]);

  expect(await other.chat.completions.retrieve(one.id)).toMatchObject({
    id: one.id,
    choices: one.choices,
    usage: one.usage,
    metadata: { user: 'ada' },
    status: 'completed',
    error: null,
  });
  const messages = await Array.fromAsync(other.chat.completions.messages.list(one.id));
  expect(messages).toEqual([{ id: `${one.id}-0`, role: 'user', content: 'One' }]);

  await other.chat.completions.update(one.id, { metadata: { user: 'cy' } });
  expect(await idsOf({ metadata: { user: 'ada' } })).toEqual([three.id]);
  expect(await completions.delete(one.id)).toEqual({
    object: 'chat.completion.deleted',
    id: one.id,
    deleted: true,
  });
  await expect(completions.retrieve(one.id)).rejects.toMatchObject({ status: 404 });
  expect(await idsOf({})).toEqual([two.id, three.id]);
  const gone = fetch(`${calute().url}/v1/chat/completions?after=${one.id}`);
  expect((await gone).status).toBe(400);
});

it('tells of a run how far it has come: its place, its failure', async () => {
  const { openai, upstream, url } = calute();
  await upstream.script('busy', hangingAnswer(['Hm']));
  const ids: string[] = [];
  for (let index = 0; index < 6; index += 1) {
    const response = await fetch(`${url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'busy', input: 'Hi', background: true }),
    });
    ids.push(response.headers.get('x-calute-run-id') ?? '');
  }
  await upstream.waitForRequests('busy', 1);
  expect((await look(ids[0] ?? '')).body).toMatchObject({ status: 'in_progress', choices: [], usage: null });
  expect((await look(ids.at(-1) ?? '')).body).toMatchObject({
    status: 'queued',
    queue: { position: expect.any(Number) },
  });
  const lastResponse = ids.at(-1)?.replace('chatcmpl-', 'resp_') ?? '';
  expect(await openai.responses.retrieve(lastResponse)).toMatchObject({
    status: 'queued',
    queue: { position: expect.any(Number) },
  });
  for (const id of ids) await openai.post(`/chat/completions/${id}/cancel`);
  expect((await look(ids[0] ?? '')).body).toMatchObject({
    status: 'cancelled',
    error: { code: 'run_cancelled' },
  });

  await upstream.script('fails', failure(400, { error: { message: 'No.' } }));
  const { response } = await openai.chat.completions
    .create({ ...ask('fails'), store: true })
    .asResponse()
    .then(
      (answer) => ({ response: answer }),
      (error: { headers: Headers }) => ({ response: error }),
    );
  const failed = await look(response.headers.get('x-calute-run-id') ?? '');
  expect(failed.body).toMatchObject({ status: 'failed', error: { type: 'invalid_request_error' } });
});
