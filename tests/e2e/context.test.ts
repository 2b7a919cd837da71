import { OpenAI } from 'openai';
import { expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { openSse, parseEvents } from '../support/read-sse.ts';
import { failure, textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../support/start-calute.ts';

const maxTokens = 600;
const agents = [
  { id: 'strict', model: 'openai:strict', context: { strategy: 'refuse', maxTokens } },
  { id: 'window', model: 'openai:window', context: { strategy: 'sliding-window', maxTokens } },
  {
    id: 'summary',
    model: 'openai:summary',
    context: { strategy: 'summarise', maxTokens, keepLast: 2, summaryModel: 'openai:small' },
  },
  {
    id: 'offline',
    model: 'offline:echo',
    context: { strategy: 'summarise', maxTokens, summaryModel: 'offline:lorem?tokens=30' },
  },
];

const calute = share(async () => {
  const installation = await prepareCalute([...agents, ...passOn('full')]);
  const [api, worker] = await Promise.all([installation.startApi(), installation.startWorker()]);
  for (const model of ['window', 'summary']) await installation.upstream.script(model, textAnswer(['Yes']));
  await installation.upstream.script('small', textAnswer(['Much was said.']));
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  return { ...installation, api, worker, openai };
});

const long = (name: string) => `${name} `.padEnd(600, 'x');
const messages: OpenAI.ChatCompletionMessageParam[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: long('first') },
  { role: 'assistant', content: long('second') },
  { role: 'user', content: long('third') },
  { role: 'assistant', content: long('fourth') },
  { role: 'user', content: 'fifth' },
];

it('refuses a conversation that is too long as OpenAI does, streaming or not, and asks no model', async () => {
  const { openai, upstream } = calute();
  for (const stream of [false, true]) {
    const refused = openai.chat.completions.create({ model: 'strict', messages, stream });
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      param: 'messages',
      type: 'invalid_request_error',
    });
  }
  expect(await upstream.requests('strict')).toEqual([]);
});

it('sends what fits through a sliding window, and says so to client and operator', async () => {
  const { openai, upstream, worker } = calute();
  const completion = await openai.chat.completions.create({ model: 'window', messages });
  expect(completion).toMatchObject({ calute: { context: { strategy: 'sliding-window', messages: 2 } } });
  const [request] = await upstream.requests('window');
  expect(request?.body['messages']).toEqual(messages.filter((_, index) => index === 0 || index > 2));
  await expect
    .poll(() => worker.log())
    .toMatch(/"messagesBefore":6,"messagesAfter":4,.*"msg":"run\.context-compacted"/);
  expect(worker.log()).not.toContain('third');
});

it('replaces what is old by a summary of another model, counts it, and says so in the last chunk', async () => {
  const { api, upstream } = calute();
  const body = { model: 'summary', messages, stream: true, stream_options: { include_usage: true } };
  await using stream = await openSse(`${api.url}/v1/chat/completions`, { body });
  const events = parseEvents(await stream.readAll());
  const chunks = events.slice(0, -1).map(({ data }) => JSON.parse(data));
  expect(chunks.at(-2)).toMatchObject({
    choices: [{ finish_reason: 'stop' }],
    calute: { context: { strategy: 'summarise', messages: 4 } },
  });
  const summaries = await upstream.requests('small');
  expect(summaries.length).toBeGreaterThan(0);
  expect(chunks.at(-1).usage.prompt_tokens).toBe(7 * (summaries.length + 1));
  const [request] = await upstream.requests('summary');
  expect(request?.body['messages']).toEqual([
    messages[0],
    { role: 'user', content: expect.stringMatching(/^Summary of .*:\nMuch was said\.$/) },
    messages[5],
  ]);
});

it('works with offline models too', async () => {
  const { openai } = calute();
  const completion = await openai.chat.completions.create({ model: 'offline', messages });
  expect(completion.choices[0]?.message.content).toBe('fifth');
  expect(completion).toMatchObject({ calute: { context: { strategy: 'summarise' } } });
});

it('tells a client of an upstream that finds the conversation too long', async () => {
  const { openai, upstream } = calute();
  const error = {
    message: 'too long',
    type: 'invalid_request_error',
    param: 'messages',
    code: 'context_length_exceeded',
  };
  await upstream.script('full', failure(400, { error }));
  const refused = openai.chat.completions.create(ask('full'));
  await expect(refused).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
  expect(await upstream.requests('full')).toHaveLength(1);
});

it('leaves out the oldest for who asks for it, until the provider takes what is left', async () => {
  const { openai, upstream } = calute();
  const tooLong = failure(400, { error: { message: 'Too long', code: 'context_length_exceeded' } });
  await upstream.script('full', tooLong, tooLong, textAnswer(['Yes']));
  const input = messages.map(({ role, content }) => ({ role, content })) as OpenAI.Responses.ResponseInput;
  const before = (await upstream.requests('full')).length;
  const response = await openai.responses.create({ model: 'full', input, truncation: 'auto' });
  expect(response).toMatchObject({ output_text: 'Yes', truncation: 'auto' });
  expect(response).toMatchObject({ calute: { context: { strategy: 'sliding-window', messages: 4 } } });
  const sent = (await upstream.requests('full')).slice(before).map(({ body }) => body['messages']);
  expect(sent).toMatchObject([{ length: 6 }, { length: 4 }, [messages[0], messages[5]]]);

  await upstream.script('full', tooLong);
  const refused = openai.responses.create({ model: 'full', input: 'Hi', truncation: 'auto' });
  await expect(refused).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
});

it('lets a client have a window where the agent would refuse', async () => {
  const { openai, upstream } = calute();
  await upstream.script('strict', textAnswer(['Yes']));
  const asked = {
    model: 'strict',
    messages,
    truncation: 'auto',
  } as OpenAI.ChatCompletionCreateParamsNonStreaming; // because it is no key of OpenAI's chats
  expect(await openai.chat.completions.create(asked)).toMatchObject({ calute: { context: { messages: 2 } } });
});
