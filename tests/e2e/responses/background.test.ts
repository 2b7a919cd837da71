import { OpenAI } from 'openai';
import { expect, it } from 'vitest';
import { gatedAnswer, hangingAnswer } from '../../support/gated-answer.ts';
import { openSse, parseEvents } from '../../support/read-sse.ts';
import { textAnswer } from '../../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../../support/start-calute.ts';

const models = ['plain', 'thinks', 'calls', 'gated', 'hangs', 'limited', 'cut', 'json', 'long', 'waits'];

const calute = share(async () => {
  const installation = await prepareCalute(passOn(...models));
  const [first, second] = await Promise.all([
    installation.startApi(),
    installation.startApi(),
    installation.startWorker(),
  ]);
  await installation.upstream.script('plain', textAnswer(['Hello', ' there']));
  const clientOf = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  return { ...installation, apis: [first, second], openai: clientOf(first.url), other: clientOf(second.url) };
});

it('resumes a stream in the background at another replica, after any event, byte for byte', async () => {
  const { openai, other, upstream, apis } = calute();
  await upstream.script('gated', gatedAnswer(['One', ' two'], 'gate', [' three']));
  const made = await openai.responses.create({
    model: 'gated',
    input: 'Count',
    background: true,
    stream: true,
  });
  const seen: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const event of made) {
    seen.push(event);
    if (event.type === 'response.output_text.delta') break;
  }
  const [created, queued, started] = seen;
  expect([created?.type, queued?.type, started?.type]).toEqual([
    'response.created',
    'response.queued',
    'response.in_progress',
  ]);
  const { id } = (created as OpenAI.Responses.ResponseCreatedEvent).response;
  expect((await other.responses.retrieve(id)).status).toBe('in_progress');
  const after = seen.at(-1)?.sequence_number ?? 0;
  const resumed = await other.responses.retrieve(id, { stream: true, starting_after: after });
  await upstream.release('gate');
  const rest = await Array.fromAsync(resumed);
  expect(rest[0]?.sequence_number).toBe(after + 1);
  expect(rest.at(-1)?.type).toBe('response.completed');
  const [one, two] = await Promise.all(
    apis.map(async ({ url }) => (await openSse(`${url}/v1/responses/${id}?stream=true`)).readAll()),
  );
  expect(two).toBe(one);
  const all = parseEvents(one ?? '');
  for (const cut of [0, 1, 5, all.length - 2]) {
    const url = `${apis[1]?.url}/v1/responses/${id}?stream=true&starting_after=${cut}`;
    expect(one?.endsWith(await (await openSse(url)).readAll())).toBe(true);
    expect(parseEvents(await (await openSse(url)).readAll())).toEqual(all.slice(cut + 1));
  }
  const helper = other.responses.stream({ response_id: id, starting_after: after });
  expect((await helper.finalResponse()).output_text).toBe('One two three');
});

it('answers at once in the background, and tells when it is done', async () => {
  const { openai, other, upstream } = calute();
  await upstream.script('waits', gatedAnswer([], 'done', ['Done']));
  const made = await openai.responses.create({ model: 'waits', input: 'Go', background: true });
  expect(['queued', 'in_progress']).toContain(made.status);
  await upstream.waitForRequests('waits', 1);
  expect((await other.responses.retrieve(made.id)).status).toBe('in_progress');
  const stream = await other.responses.retrieve(made.id, { stream: true });
  await upstream.release('done');
  await Array.fromAsync(stream);
  expect(await other.responses.retrieve(made.id)).toMatchObject({ status: 'completed', output_text: 'Done' });
});

it('cancels at another replica; the model is told, and the response says so for good', async () => {
  const { openai, other, upstream } = calute();
  await upstream.script('hangs', hangingAnswer(['Well']));
  const made = await openai.responses.create({ model: 'hangs', input: 'Go', background: true });
  const [asked] = await upstream.waitForRequests('hangs', 1);
  expect((await other.responses.cancel(made.id)).status).toBe('cancelled');
  expect((await other.responses.cancel(made.id)).status).toBe('cancelled');
  expect((await openai.responses.retrieve(made.id)).status).toBe('cancelled');
  expect((await upstream.waitForEnd(asked?.id ?? 0)).state).toBe('closed-early');
});
