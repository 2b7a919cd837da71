import { fileURLToPath } from 'node:url';
import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { failure, textAnswer, toolCallAnswer } from '../support/scripted-upstream-chunks.ts';
import { prepareCalute, share } from '../support/start-calute.ts';

const agents = [
  {
    id: 'desk',
    model: 'openai:desk-model',
    instructions: 'You are the desk.',
    sampling: { temperature: 0 },
    handoffs: ['poet'],
  },
  {
    id: 'poet',
    description: 'It writes verses.',
    model: 'openai:poet-model',
    instructions: 'You are the poet.',
    sampling: { maxTokens: 7 },
  },
  { id: 'sturdy', model: 'openai:down', fallback: ['openai:up', { agent: 'spare' }] },
  { id: 'sturdier', model: 'openai:down', fallback: { agent: 'spare' } },
  { id: 'sturdiest', model: 'openai:full', fallback: { agent: 'spare' } },
  { id: 'spare', model: 'offline:echo' },
  { id: 'mixed', model: 'openai:desk-model', handoffs: ['spare'] },
];

const calute = share(async () => {
  const installation = await prepareCalute(agents);
  const [api, worker] = await Promise.all([
    installation.startApi(),
    installation.startWorker({ CALUTE_OVERRIDE_SAMPLINGS: 'true', PROVIDER_WAIT_S: '5' }),
  ]);
  const full = failure(503, { error: { message: 'Full' } }, { 'retry-after': '30' });
  for (const model of ['down', 'full']) await installation.upstream.script(model, full);
  const { completions } = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 }).chat;
  return { ...installation, worker, completions };
});

/** The agents that come with Calute, without any upstream. */
const shipped = share(async () => {
  const installation = await prepareCalute([]);
  const folder = fileURLToPath(new URL('../../agents', import.meta.url));
  const [api] = await Promise.all([
    installation.startApi(),
    installation.startWorker({ CALUTE_AGENTS: folder }),
  ]);
  const { completions } = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 }).chat;
  return { ...installation, completions };
});

/** The same request with and without a stream, as the client sees it: text, who answered, and the model in all chunks. */
async function askBoth({ completions }: Pick<OpenAI.Chat, 'completions'>, request: ReturnType<typeof ask>) {
  const whole = await completions.create(request);
  const chunks = await Array.fromAsync(await completions.create({ ...request, stream: true }));
  const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
  return {
    whole: { text: whole.choices[0]?.message.content, extension: extensionOf(whole), model: whole.model },
    streamed: {
      text: deltas.map(({ content }) => content ?? '').join(''),
      extension: extensionOf(chunks.at(-1)),
      model: [...new Set(chunks.map(({ model }) => model))].join(),
    },
    earlier: chunks.slice(0, -1).map(extensionOf),
    toolCalls: deltas.flatMap(({ tool_calls }) => tool_calls ?? []),
    finishReasons: chunks.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason)),
  };
}

/** What Calute adds to OpenAI's shape. */
function extensionOf(answer: object | undefined): unknown {
  return answer !== undefined && 'calute' in answer ? answer.calute : undefined;
}

describe('a handoff', () => {
  const handOver = async () => {
    const { upstream } = calute();
    const handover = toolCallAnswer([{ id: 'call_1', name: 'transfer_to_poet', arguments: '{}' }]);
    await upstream.script('desk-model', handover);
    await upstream.script('poet-model', textAnswer(['A ', 'rose.']));
    return askBoth(calute(), { ...ask('desk', 'A verse, please'), temperature: 0.7 });
  };

  it('is not seen by the client but for the name of who answered, streaming or not', async () => {
    const seen = await handOver();
    const expected = { text: 'A rose.', extension: { agent: 'poet' }, model: 'desk' };
    expect(seen).toEqual({
      whole: expected,
      streamed: expected,
      earlier: Array(seen.earlier.length).fill(undefined),
      toolCalls: [],
      finishReasons: [...Array(seen.earlier.length).fill(null), 'stop'],
    });
  });

  it('asks the other agent’s model with its instructions, the request’s sampling and the whole conversation', async () => {
    await handOver();
    const { upstream } = calute();
    const desk = (await upstream.requests('desk-model')).at(-1);
    const poet = (await upstream.requests('poet-model')).at(-1);
    expect(desk?.body).toMatchObject({
      temperature: 0.7,
      tools: [
        {
          type: 'function',
          function: { name: 'transfer_to_poet', description: expect.stringContaining('It writes verses.') },
        },
      ],
    });
    expect(poet?.body).toMatchObject({ temperature: 0.7, max_tokens: 7 });
    expect(poet?.body).not.toHaveProperty('tools');
    expect(poet?.body['messages']).toMatchObject([
      { role: 'system', content: 'You are the poet.' },
      { role: 'user', content: 'A verse, please' },
      { role: 'assistant', tool_calls: [{ id: 'call_1', function: { name: 'transfer_to_poet' } }] },
      { role: 'tool', tool_call_id: 'call_1', content: '{"transferred_to":"poet"}' },
    ]);
  });

  it('that does not happen leaves OpenAI’s shape as it is', async () => {
    const { upstream } = calute();
    await upstream.script('desk-model', textAnswer(['No need.']));
    const { whole, streamed } = await askBoth(calute(), ask('desk'));
    expect([whole.extension, streamed.extension]).toEqual([undefined, undefined]);
  });

  it('lets an agent take only what all honour that may come to answer', async () => {
    const refused = calute().completions.create({ ...ask('mixed'), verbosity: 'low' });
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param: 'verbosity',
    });
  });
});

describe('a fallback', () => {
  it('answers when the first model answers 503, streaming or not, and is logged', async () => {
    const { upstream, worker } = calute();
    await upstream.script('up', textAnswer(['Here ', 'I am.']));
    const { whole, streamed } = await askBoth(calute(), ask('sturdy'));
    const expected = { text: 'Here I am.', extension: undefined, model: 'sturdy' };
    expect([whole, streamed]).toEqual([expected, expected]);
    await expect
      .poll(() => worker.log())
      .toMatch(/"code":"server_is_overloaded".*"model":"openai:up".*"run\.fell-back"/);
  });

  it('to another agent names that one', async () => {
    const answer = await calute().completions.create(ask('sturdier', 'Anybody there?'));
    expect(answer.choices[0]?.message.content).toBe('Anybody there?');
    expect(extensionOf(answer)).toEqual({ agent: 'spare' });
  });

  it('is not asked for what it does not honour: the failure of the first is told', async () => {
    const refused = calute().completions.create({ ...ask('sturdiest'), verbosity: 'low' });
    await expect(refused).rejects.toMatchObject({ status: 503, code: 'server_is_overloaded' });
  });
});

describe('the team that comes with Calute', () => {
  it('hands over from the desk to the poet without any provider', async () => {
    const seen = await askBoth(shipped(), ask('desk', 'call transfer_to_poet {}'));
    expect(seen.whole.text?.split(' ')).toHaveLength(24);
    expect(seen.streamed).toEqual({ ...seen.whole, extension: { agent: 'poet' }, model: 'desk' });
  });

  it('says the desk’s own words when nobody is asked for', async () => {
    const { whole } = await askBoth(shipped(), ask('desk', 'Good morning'));
    expect(whole).toEqual({ text: 'Good morning', extension: undefined, model: 'desk' });
  });
});
