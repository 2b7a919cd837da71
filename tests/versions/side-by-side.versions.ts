import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { ask, runIdOf } from '../support/chat-request.ts';
import { steppedAnswer } from '../support/gated-answer.ts';
import { contentOf, openSse, parseEvents, parseWholeEvents } from '../support/read-sse.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../support/scripted-upstream.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { type StartedRole, startRoleAt } from '../support/start-role.ts';
import { randomPrefix } from '../support/test-redis.ts';
import { checkOutEarlier, type EarlierCheckout } from './earlier-checkout.ts';

/** Passes on to the scripted upstream, and has a tool that takes its worker with it unless the environment spares it. */
const agentFile = `
import { defineAgent } from '@calute/core/agent/define-agent';
import { z } from 'zod';
export default defineAgent({
  id: 'payer',
  model: 'offline:echo',
  tools: {
    pay: {
      description: 'Pays',
      parameters: z.object({ amount: z.number() }),
      idempotent: true,
      execute: ({ amount }) => {
        if (process.env.SPARE !== '1') process.kill(process.pid, 'SIGKILL');
        return 'paid ' + amount;
      },
    },
  },
});
`;
const passOnFile = `
import { defineAgent } from '@calute/core/agent/define-agent';
export default defineAgent({ id: 'writer', model: 'openai:writer' });
`;
const before = ['one ', 'zwei ', '三 ', '👍 '];
const after = ['five ', 'six'];
const whole = [...before, ...after].join('');

let earlier: EarlierCheckout;
let upstream: ScriptedUpstream;
let agents: string;

beforeAll(async () => {
  earlier = await checkOutEarlier();
  process.stderr.write(`versions: this one beside ${earlier.name}\n`);
  upstream = await startScriptedUpstream();
  agents = await mkdtemp(join(tmpdir(), 'calute-agents-'));
  await writeFile(join(agents, 'payer.ts'), agentFile);
  await writeFile(join(agents, 'writer.ts'), passOnFile);
});

afterAll(async () => {
  await upstream?.[Symbol.asyncDispose]();
  await earlier?.[Symbol.asyncDispose]();
  if (agents !== undefined) await rm(agents, { recursive: true });
});

const versions = ['earlier', 'present'] as const;
type Version = (typeof versions)[number];
const pairs = [
  { api: 'earlier', worker: 'present' },
  { api: 'present', worker: 'earlier' },
] as const;

describe.each(pairs)('an API of the $api version and a worker of the $worker version', ({ api, worker }) => {
  const other = (version: Version) => (version === 'present' ? 'earlier' : 'present');

  test('serve the openai package a whole answer, and a stream that is resumed at an API of either version', async () => {
    const start = installation();
    const [first, second] = await Promise.all([
      start('api', api),
      start('api', other(api)),
      start('worker', worker),
    ]);
    await upstream.script('writer', textAnswer(['Hello ', 'there']), steppedAnswer(before, `${api}`, after));
    const client = new OpenAI({ baseURL: `${first.url}/v1`, apiKey: 'none' });
    const answer = await client.chat.completions.create(ask('writer'));
    expect(answer.choices[0]).toMatchObject({ message: { content: 'Hello there' }, finish_reason: 'stop' });

    const url = `${first.url}/v1/chat/completions`;
    const stream = await openSse(url, {
      body: { ...ask('writer'), stream: true },
      headers: { 'x-on-disconnect': 'continue' },
    });
    let text = '';
    for (const index of before.keys()) {
      await upstream.release(`${api}-${index}`);
      text = await stream.readUntil((read) => parseWholeEvents(read).length === 2 + index);
    }
    stream.leave();
    const follow = (role: StartedRole, seen: number) =>
      openSse(`${role.url}/v1/chat/completions/${runIdOf(text)}/stream`, {
        headers: { 'last-event-id': `${seen}` },
      });
    const live = await Promise.all([first, second].map((role) => follow(role, 3)));
    await upstream.release(api);
    const expected = await (await follow(first, 0)).readAll();
    expect(contentOf(expected)).toBe(whole);
    expect(parseEvents(expected).at(-1)?.data).toBe('[DONE]');
    for (const one of live) expect(parseEvents(await one.readAll())).toEqual(parseEvents(expected).slice(3));
    for (const role of [first, second]) expect(await (await follow(role, 0)).readAll()).toBe(expected);
  });

  test('finish what a worker of the other version has begun and died under', async () => {
    const start = installation();
    const [role, dying] = await Promise.all([start('api', api), start('worker', other(worker))]);
    const body = { ...ask('payer', 'call pay {"amount":7}'), stream: true };
    const stream = openSse(`${role.url}/v1/chat/completions`, { body });
    expect(await dying.exited).toBe('SIGKILL');
    await start('worker', worker, { SPARE: '1' });
    const text = await (await stream).readAll();
    expect(contentOf(text)).toBe('paid 7');
    expect(parseEvents(text).at(-1)?.data).toBe('[DONE]');
  });

  test('do a run that waits since an API of the other version accepted it, which is gone', async () => {
    const start = installation();
    const accepting = await start('api', other(api));
    // So that the agent is known: workers that are gone stay listed.
    await (await start('worker', other(worker))).stop();
    const headers = { 'x-on-disconnect': 'continue' };
    const body = { ...ask('payer', 'Still there?'), stream: true };
    const accepted = await openSse(`${accepting.url}/v1/chat/completions`, { body, headers });
    const runId = accepted.headers.get('x-calute-run-id') ?? '';
    expect(runId).toMatch(/^chatcmpl-/);
    await accepting.stop('SIGKILL');
    const role = await start('api', api);
    await start('worker', worker);
    const text = await (await openSse(`${role.url}/v1/chat/completions/${runId}/stream`)).readAll();
    expect(contentOf(text)).toBe('Still there?');
  });
});

/** Starts roles of one installation, of either version; they end with the test. */
function installation() {
  const environment = {
    REDIS_URL: inject('redisUrl'),
    CALUTE_PREFIX: randomPrefix(),
    CALUTE_AGENTS: agents,
    FILES_DIR: join(agents, '.files'),
    OPENAI_BASE_URL: upstream.url,
    OPENAI_API_KEY: 'sk-upstream',
    LOG_LEVEL: 'warn',
  };
  return async (
    role: 'api' | 'worker',
    version: Version,
    settings: Readonly<Record<string, string>> = {},
  ) => {
    const ports: Record<string, string> = role === 'api' ? { PORT: '0', ADMIN_PORT: '0' } : {};
    const root = version === 'earlier' ? earlier.root : undefined;
    const started = await startRoleAt(role, { ...environment, ...ports, ...settings }, root);
    onTestFinished(() => started[Symbol.asyncDispose]());
    return started;
  };
}
