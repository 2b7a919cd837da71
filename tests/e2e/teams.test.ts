import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import { ask, runIdOf } from '../support/chat-request.ts';
import { hangingAnswer } from '../support/gated-answer.ts';
import { openSse, parseEvents } from '../support/read-sse.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share, type TestAgent } from '../support/start-calute.ts';

const members = ['scout', 'critic', 'writer'];
const tasks = [
  { id: 'facts', description: 'Find facts', member: 'scout' },
  { id: 'views', description: 'Find views', member: 'critic' },
  { id: 'text', description: 'Write it up', member: 'writer', dependsOn: ['facts', 'views'] },
];
const team = (id: string, more: object): TestAgent => ({ id, model: 'openai:lead', members, ...more });

const calute = share(async () => {
  const installation = await prepareCalute([
    ...passOn(...members, 'slow', 'slower'),
    team('newsroom', { process: 'parallel', tasks, default: true }),
    team('stuck', {
      members: ['slow', 'slower'],
      process: 'consensus',
    }),
  ]);
  const [api] = await Promise.all([installation.startApi(), installation.startWorker()]);
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const { upstream } = installation;
  for (const model of members) await upstream.script(model, textAnswer([`The ${model} `, 'says so.']));
  await upstream.script('lead', textAnswer(['Nothing.']));
  for (const model of ['slow', 'slower']) await upstream.script(model, hangingAnswer(['Well, ']));
  return { ...installation, api, openai, url: `${api.url}/v1/chat/completions` };
});

describe('a team', () => {
  it('answers as a model does, with the usage of all its members', async () => {
    const { openai } = calute();
    const whole = await openai.chat.completions.create(ask('newsroom'));
    expect(whole.choices[0]).toMatchObject({
      message: { content: 'The writer says so.' },
      finish_reason: 'stop',
    });
    expect(whole.usage).toMatchObject({ prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 });
    const each = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
    const calute_ = { agent: 'writer', members: members.map((agent) => ({ agent, ...each })) };
    expect(whole).toMatchObject({ model: 'newsroom', calute: calute_ });
    const stream = await openai.chat.completions.create({
      ...ask('newsroom'),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await Array.fromAsync(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('The writer says so.');
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 21, completion_tokens: 9 });
    expect(chunks.at(-2)).toMatchObject({ calute: calute_, choices: [{ finish_reason: 'stop' }] });
  });

  it('gives its members what the others have found', async () => {
    const { upstream, openai } = calute();
    const before = (await upstream.requests('writer')).length;
    await openai.chat.completions.create(ask('newsroom', 'News, please'));
    const [request] = (await upstream.requests('writer')).slice(before);
    expect(JSON.stringify(request?.body['messages'])).toMatch(
      /News, please.*Write it up.*The scout says so\..*The critic says so\./,
    );
  });

  it('tells its progress to who asks for it', async () => {
    const headers = { 'x-calute-events': '1' };
    const stream = await openSse(calute().url, { body: { ...ask('newsroom'), stream: true }, headers });
    const events = parseEvents(await stream.readAll()).filter(({ data }) => data !== '[DONE]');
    const progress = events
      .map(({ data }) => JSON.parse(data).calute)
      .filter((one) => one?.event !== undefined);
    const labels = progress.map(({ event, task, agent }) => `${event} ${task} ${agent}`);
    expect(labels.slice(0, 2).toSorted()).toEqual(['task-start facts scout', 'task-start views critic']);
    expect(labels.slice(2, 4).toSorted()).toEqual(['task-end facts scout', 'task-end views critic']);
    expect(labels.slice(4)).toEqual(['task-start text writer']);
  });

  it('is listed, and the default one by the names of the Python Calute as well', async () => {
    const { openai } = calute();
    const ids = (await openai.models.list()).data.map(({ id }) => id);
    const cortex = [
      'cortex',
      'cortex-instruct',
      'cortex-task',
      'cortex-task-hierarchical',
      'cortex-task-parallel',
    ];
    expect(ids).toEqual(expect.arrayContaining(['newsroom', 'stuck', ...cortex]));
    const instructed = await openai.chat.completions.create(ask('cortex-instruct'));
    expect(instructed.choices[0]?.message.content).toBe('The scout says so.');
    expect(instructed.model).toBe('cortex-instruct');
    await expect(openai.chat.completions.create(ask('cortex-task'))).rejects.toMatchObject({
      status: 502,
      code: 'invalid_structured_output',
    });
  });

  it('does what a request says in its metadata, and refuses what it cannot do', async () => {
    const { openai } = calute();
    const { completions } = openai.chat;
    const simple = await completions.create({
      ...ask('newsroom'),
      metadata: { task_mode: 'false', other: 'x' },
    });
    expect(simple.usage?.completion_tokens).toBe(3);
    const agreed = await completions.create({ ...ask('newsroom'), metadata: { process_type: 'consensus' } });
    expect(agreed.choices[0]?.message.content).toBe('Nothing.');
    const bad = completions.create({ ...ask('newsroom'), metadata: { process_type: 'swarm' } });
    await expect(bad).rejects.toMatchObject({ status: 400, param: 'metadata.process_type' });
    await expect(completions.create({ ...ask('newsroom'), n: 2 })).rejects.toMatchObject({
      status: 400,
      param: 'n',
    });
  });

  it('closes all its upstream sockets when it is cancelled', async () => {
    const { upstream, api, url } = calute();
    const headers = { 'x-calute-events': '1' };
    const stream = await openSse(url, { body: { ...ask('stuck'), stream: true }, headers });
    const runId = runIdOf(await stream.readUntil((text) => text.includes('"id":"chatcmpl-')));
    const open = await Promise.all(['slow', 'slower'].map((model) => upstream.waitForRequests(model, 1)));
    await fetch(`${api.url}/v1/chat/completions/${runId}/cancel`, { method: 'POST' });
    expect(await stream.readAll()).toContain('"code":"run_cancelled"');
    const states = open.flat().map(async ({ id }) => (await upstream.waitForEnd(id)).state);
    expect(await Promise.all(states)).toEqual(['closed-early', 'closed-early']);
  });

  it('closes them at its deadline', async () => {
    const { upstream, url } = calute();
    const before = (await upstream.requests('slow')).length;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-deadline-ms': '1500' },
      body: JSON.stringify(ask('stuck')),
    });
    expect(answer.status).toBe(504);
    for (const model of ['slow', 'slower']) {
      const [request] = (await upstream.requests(model)).slice(before);
      expect((await upstream.waitForEnd(request?.id ?? -1)).state).toBe('closed-early');
    }
  });
});
