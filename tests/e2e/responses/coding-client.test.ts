import { OpenAI } from 'openai';
import type { ResponseInput, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { expect, it } from 'vitest';
import { textAnswer, toolCallAnswer } from '../../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../../support/start-calute.ts';

const calute = share(async () => {
  const installation = await prepareCalute(passOn('coder'));
  const [api] = await Promise.all([installation.startApi(), installation.startWorker()]);
  return { ...installation, openai: new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 }) };
});

const parameters = { type: 'object', properties: { cmd: { type: 'string' } }, required: ['cmd'] };

/** What Codex CLI 0.171 sends, as far as its shape goes. */
const request = {
  model: 'coder',
  instructions: 'You write code.',
  tools: [
    { type: 'function', name: 'exec_command', description: 'Runs it', strict: false, parameters },
    {
      type: 'custom',
      name: 'apply_patch',
      description: 'Edits files',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
    },
    {
      type: 'namespace',
      name: 'helpers',
      description: 'Others that help',
      tools: [{ type: 'function', name: 'close', strict: false, parameters }],
    },
    { type: 'tool_search', execution: 'client', description: 'Finds tools', parameters },
    { type: 'web_search', external_web_access: false },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { summary: 'auto' },
  store: false,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'thread',
  client_metadata: { thread_id: 'thread' },
};

const asked: ResponseInput = [
  { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'You may write here.' }] },
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Do it.' }] },
];

async function send(input: ResponseInput) {
  const body = {
    ...request,
    input,
    stream: true,
  } as unknown as OpenAI.Responses.ResponseCreateParamsStreaming; // because the package does not know all of it
  const { data, response } = await calute().openai.responses.create(body).withResponse();
  const events: ResponseStreamEvent[] = await Array.fromAsync(data);
  // Only what is done counts for this client.
  const items = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []));
  return { events, items, ignored: response.headers.get('x-calute-ignored-params') };
}

it('gives a coding client its shell, its patches and its namespaces, and takes back what came of them', async () => {
  const { upstream } = calute();
  const patch = '*** Begin Patch\n+"a"\n*** End Patch';
  await upstream.script(
    'coder',
    toolCallAnswer([
      { id: 'call_1', name: 'exec_command', arguments: '{"cmd":"ls"}' },
      { id: 'call_2', name: 'apply_patch', arguments: JSON.stringify({ input: patch }) },
      { id: 'call_3', name: 'helpers__close', arguments: '{"cmd":"x"}' },
    ]),
    textAnswer(['Done']),
  );
  const first = await send(asked);
  expect(first.ignored).toBe('tools.3,tools.4');
  expect(first.items).toMatchObject([
    { type: 'function_call', call_id: 'call_1', name: 'exec_command', arguments: '{"cmd":"ls"}' },
    { type: 'custom_tool_call', call_id: 'call_2', name: 'apply_patch', input: patch },
    { type: 'function_call', call_id: 'call_3', name: 'close', namespace: 'helpers' },
  ]);
  const said = first.events.filter(({ type }) => type.startsWith('response.custom_tool_call_input'));
  expect(said).toMatchObject([{ delta: patch }, { input: patch }]);

  const outputs = first.items.map((item) => ({
    type: item.type === 'custom_tool_call' ? 'custom_tool_call_output' : 'function_call_output',
    call_id: 'call_id' in item ? item.call_id : '',
    output: 'ok',
  }));
  const second = await send([...asked, ...first.items, ...outputs] as ResponseInput);
  expect(second.items).toMatchObject([{ type: 'message', content: [{ text: 'Done' }] }]);

  const [told, again] = (await upstream.requests('coder')).map(({ body }) => body);
  expect(told?.['tools']).toMatchObject([
    { type: 'function', function: { name: 'exec_command', parameters } },
    {
      type: 'function',
      function: {
        name: 'apply_patch',
        description: expect.stringContaining('start: "a"'),
        parameters: { required: ['input'] },
      },
    },
    { type: 'function', function: { name: 'helpers__close', parameters } },
  ]);
  expect([again?.['messages'] ?? []].flat().slice(-4)).toMatchObject([
    {
      role: 'assistant',
      tool_calls: [
        { function: { name: 'exec_command' } },
        { function: { name: 'apply_patch', arguments: JSON.stringify({ input: patch }) } },
        { function: { name: 'helpers__close' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'ok' },
    { role: 'tool', tool_call_id: 'call_2', content: 'ok' },
    { role: 'tool', tool_call_id: 'call_3', content: 'ok' },
  ]);
});
