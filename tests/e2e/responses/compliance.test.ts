import { expect, it } from 'vitest';
import { parseEvents } from '../../support/read-sse.ts';
import { textAnswer, toolCallAnswer } from '../../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../../support/start-calute.ts';
import { responseSchema } from './response-schema.ts';

// The cases of Open Responses' compliance suite, each streaming and not.

const calute = share(async () => {
  const installation = await prepareCalute(passOn('plain', 'tools'));
  const [api] = await Promise.all([installation.startApi(), installation.startWorker()]);
  await installation.upstream.script('plain', textAnswer(['Hello', ' there', ' friend']));
  const weather = { id: 'call_w', name: 'get_weather', arguments: '{"location":"San Francisco, CA"}' };
  await installation.upstream.script('tools', toolCallAnswer([weather]));
  return { ...installation, api };
});

const user = (content: unknown) => ({ type: 'message', role: 'user', content });
const png =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const textFile = `data:text/plain;base64,${Buffer.from('The code word is birch.').toString('base64')}`;
const weatherTool = {
  type: 'function',
  name: 'get_weather',
  description: 'Get the current weather for a location',
  parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
};

const cases: Readonly<Record<string, { readonly type?: string; readonly body: Record<string, unknown> }>> = {
  'a basic text': { body: { input: [user('Say hello in exactly 3 words.')] } },
  'a system prompt': {
    body: { input: [{ type: 'message', role: 'system', content: 'Be a pirate.' }, user('Say hello.')] },
  },
  'a tool call': {
    type: 'function_call',
    body: { model: 'tools', input: [user("What's the weather in San Francisco?")], tools: [weatherTool] },
  },
  'the output of a tool': {
    body: {
      input: [
        user('Weather?'),
        { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
      ],
      tools: [weatherTool],
    },
  },
  'an image': {
    body: {
      input: [
        user([
          { type: 'input_text', text: 'What is it?' },
          { type: 'input_image', image_url: png },
        ]),
      ],
    },
  },
  'a file': {
    body: { input: [user([{ type: 'input_file', filename: 'code.txt', file_data: textFile }])] },
  },
  'several turns': {
    body: {
      input: [
        user('My name is Alice.'),
        { type: 'message', role: 'assistant', content: 'Hello Alice!' },
        user('What is my name?'),
      ],
    },
  },
};

async function post(body: object): Promise<Response> {
  const response = await fetch(`${calute().api.url}/v1/responses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'plain', ...body }),
  });
  expect(response.status).toBe(200);
  return response;
}

async function readStream(response: Response) {
  const events = parseEvents(await response.text());
  expect(events.at(-1)?.data).toBe('[DONE]');
  const told = events.slice(0, -1).map(({ id, data }) => ({ id, data: JSON.parse(data) }));
  told.forEach(({ id, data }, index) => {
    expect([id, data.sequence_number]).toEqual([index, index]);
  });
  return told.map(({ data }) => data);
}

it.each(Object.entries(cases))('answers %s as one object', async (_name, { type = 'message', body }) => {
  const answer = responseSchema.parse(await (await post(body)).json());
  expect(answer.status).toBe('completed');
  expect(answer.output.map((item) => item.type)).toEqual([type]);
});

it.each(Object.entries(cases))('streams %s, and says the same', async (_name, { type, body }) => {
  const events = await readStream(await post({ ...body, stream: true }));
  const types = events.map((event) => event.type);
  expect(types.slice(0, 3)).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
  ]);
  expect(types.slice(-2)).toEqual(['response.output_item.done', 'response.completed']);
  const delta = type === undefined ? 'output_text.delta' : 'function_call_arguments.delta';
  expect(types).toContain(`response.${delta}`);
  const answer = responseSchema.parse(events.at(-1).response);
  const retrieved = await fetch(`${calute().api.url}/v1/responses/${answer.id}`);
  expect(await retrieved.json()).toEqual(events.at(-1).response);
});

it('goes on from a previous response, streaming and not', async () => {
  const first = responseSchema.parse(await (await post({ input: 'My name is Alice.' })).json());
  const next = { previous_response_id: first.id, input: 'What is my name?' };
  const whole = responseSchema.parse(await (await post(next)).json());
  expect(whole.previous_response_id).toBe(first.id);
  const streamed = await readStream(await post({ ...next, stream: true }));
  expect(streamed.at(-1).response.previous_response_id).toBe(first.id);
  const [, second] = (await calute().upstream.requests('plain')).slice(-2);
  expect(second?.body['messages']).toEqual([
    { role: 'user', content: 'My name is Alice.' },
    { role: 'assistant', content: 'Hello there friend' },
    { role: 'user', content: 'What is my name?' },
  ]);
});

it('gives a file of text to any provider', async () => {
  await post(cases['a file']?.body ?? {});
  const last = (await calute().upstream.requests('plain')).at(-1);
  expect(last?.body['messages']).toEqual([{ role: 'user', content: 'code.txt:\nThe code word is birch.' }]);
});
