import { OpenAI } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { hangingAnswer } from '../../support/gated-answer.ts';
import { chatChunk, failure, textAnswer, toolCallAnswer } from '../../support/scripted-upstream-chunks.ts';
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

it('gives one whole response, which another replica gives again', async () => {
  const { openai, other } = calute();
  const made = await openai.responses.create({
    model: 'plain',
    input: 'Hi',
    instructions: 'Be brief.',
    metadata: { a: 'b' },
  });
  expect(made).toMatchObject({
    id: expect.stringMatching(/^resp_/),
    status: 'completed',
    output_text: 'Hello there',
    instructions: 'Be brief.',
    metadata: { a: 'b' },
    usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
  });
  expect(made.completed_at).toBeGreaterThanOrEqual(made.created_at);
  const again = await other.responses.retrieve(made.id);
  expect(again).toEqual(Object.fromEntries(Object.entries(made).filter(([key]) => key !== '_request_id')));
});

it('streams what the helper puts together, thoughts and calls of tools included', async () => {
  const { openai, upstream } = calute();
  const call = { id: 'call_1', name: 'add', arguments: '{"a":1}' };
  await upstream.script('thinks', [
    {
      type: 'chunks',
      chunks: [chatChunk({ reasoning_content: 'Let me ' }), chatChunk({ content: 'I add.' })],
    },
    ...toolCallAnswer([call, { ...call, id: 'call_2' }]),
  ]);
  const stream = openai.responses.stream({
    model: 'thinks',
    input: 'Add',
    reasoning: { summary: 'auto' },
    tools: [{ type: 'function', name: 'add', parameters: { type: 'object' }, strict: false }],
  });
  const events = await Array.fromAsync(stream);
  const final = await stream.finalResponse();
  expect(final.output.map(({ type }) => type)).toEqual([
    'reasoning',
    'message',
    'function_call',
    'function_call',
  ]);
  expect(final.output).toMatchObject([
    { summary: [{ type: 'summary_text', text: 'Let me ' }] },
    { content: [{ text: 'I add.' }] },
    { call_id: 'call_1', name: 'add', arguments: '{"a":1}', status: 'completed' },
    { call_id: 'call_2' },
  ]);
  expect(events.at(-1)?.type).toBe('response.completed');
  const kept = await openai.responses.retrieve(final.id);
  expect(final.output).toMatchObject(kept.output);
});

it('forgets what is deleted, and what goes on from it is refused', async () => {
  const { openai, other } = calute();
  const made = await openai.responses.create({ model: 'plain', input: 'Hi' });
  await openai.responses.delete(made.id);
  await expect(other.responses.retrieve(made.id)).rejects.toMatchObject({
    status: 404,
    code: 'response_not_found',
  });
  const next = openai.responses.create({ model: 'plain', input: 'And?', previous_response_id: made.id });
  await expect(next).rejects.toMatchObject({ status: 404, param: 'previous_response_id' });
});

it('lists what a response was asked with, in pages', async () => {
  const { openai } = calute();
  const made = await openai.responses.create({
    model: 'plain',
    input: [
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: [{ type: 'input_text', text: 'Three' }] },
    ],
  });
  const listed = await Array.fromAsync(openai.responses.inputItems.list(made.id, { limit: 2, order: 'asc' }));
  expect(listed).toMatchObject([
    { role: 'user', content: [{ type: 'input_text', text: 'One' }] },
    { role: 'assistant', content: [{ type: 'output_text', text: 'Two' }] },
    { role: 'user', content: [{ type: 'input_text', text: 'Three' }] },
  ]);
  expect(new Set(listed.map(({ id }) => id)).size).toBe(3);
});

it('goes on from a long chain across replicas, without the instructions of earlier ones', async () => {
  const { openai, other, upstream } = calute();
  await upstream.script('long', textAnswer(['ok']));
  let previous: string | undefined;
  for (let turn = 0; turn < 12; turn += 1) {
    const client = turn % 2 === 0 ? openai : other;
    const made = await client.responses.create({
      model: 'long',
      input: `turn ${turn}`,
      instructions: `only ${turn}`,
      ...(previous === undefined ? {} : { previous_response_id: previous }),
    });
    previous = made.id;
  }
  const last = (await upstream.requests('long')).at(-1)?.body['messages'];
  const told = z
    .array(z.object({ content: z.string() }))
    .parse(last)
    .map(({ content }) => content);
  const turns = Array.from({ length: 12 }, (_, turn) => [`turn ${turn}`, 'ok']).flat();
  expect(told).toEqual(['only 11', ...turns.slice(0, -1)]);
});

it('brings calls and thoughts back to the model, from a chain or from the client alone', async () => {
  const { openai, upstream } = calute();
  await upstream.script(
    'calls',
    [
      { type: 'chunks', chunks: [chatChunk({ reasoning_content: 'Hm.' })] },
      ...toolCallAnswer([{ id: 'call_9', name: 'f', arguments: '{}' }]),
    ],
    textAnswer(['Good']),
  );
  const asked = {
    model: 'calls',
    tools: [{ type: 'function' as const, name: 'f', parameters: { type: 'object' }, strict: null }],
  };
  const made = await openai.responses.create({
    ...asked,
    input: 'Go',
    include: ['reasoning.encrypted_content'],
  });
  const output = { type: 'function_call_output' as const, call_id: 'call_9', output: 'yes' };
  await openai.responses.create({ ...asked, input: [output], previous_response_id: made.id });
  const said = made.output as OpenAI.Responses.ResponseInputItem[]; // because OpenAI's types let some output be no input
  const stateless = [{ role: 'user' as const, content: 'Go' }, ...said, output];
  await openai.responses.create({ ...asked, input: stateless, store: false });
  const references = made.output.map(({ id = '' }) => ({ type: 'item_reference' as const, id }));
  await openai.responses.create({
    ...asked,
    input: [{ role: 'user', content: 'Go' }, ...references, output],
  });
  const [, chained, alone, referred] = (await upstream.requests('calls')).map(({ body }) => body['messages']);
  const function_ = { name: 'f', arguments: '{}' };
  expect(chained).toMatchObject([
    { role: 'user', content: 'Go' },
    { role: 'assistant', tool_calls: [{ id: 'call_9', type: 'function', function: function_ }] },
    { role: 'tool', tool_call_id: 'call_9', content: 'yes' },
  ]);
  expect(alone).toEqual(chained);
  expect(referred).toEqual(chained);
});

it('parses structured output', async () => {
  const { openai, upstream } = calute();
  await upstream.script('json', textAnswer(['{"city":', '"Oslo"}']));
  const format = zodTextFormat(z.object({ city: z.string() }), 'place');
  const parsed = await openai.responses.parse({ model: 'json', input: 'Where?', text: { format } });
  expect(parsed.output_parsed).toEqual({ city: 'Oslo' });
  const sent = (await upstream.requests('json'))[0]?.body['response_format'];
  expect(sent).toMatchObject({ type: 'json_schema', json_schema: { name: 'place', strict: true } });
});

it('says that an answer was cut short, and why', async () => {
  const { openai, upstream } = calute();
  await upstream.script('limited', textAnswer(['Half'], { finishReason: 'length' }));
  const made = await openai.responses.create({ model: 'limited', input: 'Hi' });
  expect(made).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    output: [{ status: 'incomplete' }],
  });
});

it('makes an early failure a status, and a late one an event that SDKs throw', async () => {
  const { openai, upstream } = calute();
  await upstream.script('cut', failure(400, { error: { message: 'No.' } }));
  const refused = openai.responses.create({ model: 'cut', input: 'Hi', stream: true });
  await expect(refused).rejects.toMatchObject({ status: 400 });
  await upstream.script('cut', [...hangingAnswer(['So']).slice(0, -1), { type: 'cut' }]);
  const stream = await openai.responses.create({ model: 'cut', input: 'Hi', stream: true });
  const types: string[] = [];
  const reading = (async () => {
    for await (const { type } of stream) types.push(type);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'upstream_cut' });
  expect(types).toContain('response.output_text.delta');
  const background = await openai.responses.create({
    model: 'cut',
    input: 'Hi',
    background: true,
    stream: true,
  });
  const events = await Array.fromAsync(background).catch((error: unknown) => error);
  expect(events).toMatchObject({ code: 'upstream_cut' });
});
