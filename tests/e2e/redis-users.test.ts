import { readdirSync, readFileSync } from 'node:fs';
import { OpenAI } from 'openai';
import { expect, test } from 'vitest';
import { closeRedis, connectRedis } from '../../packages/core/src/redis/connect.ts';
import { ask } from '../support/chat-request.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { installUsers, readUsers } from '../support/redis-users.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';

const modules = new URL('../../node_modules/', import.meta.url);
const password = 'secret-of-a-test';

/** Commands that scripts call, by their sources. */
function commandsIn(text: string): string[] {
  const calls = text.matchAll(/(?:redis\.p?call|rcall)\(\s*\\?["']([A-Za-z]+)/g);
  return [...calls].map(([, name = '']) => name.toLowerCase());
}

function sources(folder: URL, ending: RegExp): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    ending.test(name),
  );
  return files.map((name) => readFileSync(new URL(name, folder), 'utf8'));
}

test.each(['calute-api', 'calute-worker'])(
  '%s may call what the scripts of Calute and of the queue call',
  async (name) => {
    const core = sources(new URL('../../packages/core/src/', import.meta.url), /(\.lua|(?<!\.test)\.ts)$/);
    const queue = sources(new URL('bullmq/dist/esm/scripts/', modules), /\.js$/);
    const needed = new Set([...core, ...queue].flatMap(commandsIn));
    const rules = (await readUsers()).get(name) ?? [];
    const allowed = new Set(rules.map((rule) => rule.replace(/^\+/, '').split('|', 1)[0]));
    expect(needed.size).toBeGreaterThan(50);
    expect([...needed].filter((command) => !allowed.has(command))).toEqual([]);
  },
);

test('API and worker run as users with the least rights, who reach nothing else', async () => {
  await using server = await startRedisServer([]);
  const admin = connectRedis(`redis://127.0.0.1:${server.port}`, 'worker', () => undefined);
  await using _closing = { [Symbol.asyncDispose]: () => closeRedis(admin, 1000) };
  await installUsers(admin, password);
  const urlOf = (user: string) => `redis://${user}:${password}@127.0.0.1:${server.port}`;
  await using calute = await prepareCalute(passOn('model'));
  const shared = { CALUTE_PREFIX: 'calute' };
  // The first of all to start, so that it finds nothing there.
  const worker = await calute.startWorker({ ...shared, REDIS_URL: urlOf('calute-worker') });
  const api = await calute.startApi({ ...shared, REDIS_URL: urlOf('calute-api') });
  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 });
  await calute.upstream.script('model', textAnswer(['first']));
  const answer = await openai.chat.completions.create(ask('model'));
  expect(answer.choices[0]?.message.content).toBe('first');
  await calute.upstream.script('model', textAnswer(['second']));
  const stream = await openai.chat.completions.create({ ...ask('model'), stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe('second');
  await calute.upstream.script('model', textAnswer(['third']), textAnswer(['fourth']));
  const keyed = { headers: { 'Idempotency-Key': 'one' } };
  const stored = await openai.chat.completions.create({ ...ask('model'), store: true }, keyed);
  expect(stored.choices[0]?.message.content).toBe('third');
  const response = await openai.responses.create({ model: 'model', input: 'Hello' });
  expect(response.output_text).toBe('fourth');
  const file = await openai.files.create({ file: new File(['{}\n'], 'a.jsonl'), purpose: 'user_data' });
  expect((await openai.files.list()).data.map(({ id }) => id)).toEqual([file.id]);
  await openai.files.delete(file.id);
  expect(await worker.stop('SIGTERM')).toBe(0);
  expect(await api.stop('SIGTERM')).toBe(0);
  expect(await admin.call('ACL', 'LOG')).toEqual([]);
  for (const command of [['GET', 'other:key'], ['KEYS', '*'], ['FLUSHALL'], ['CONFIG', 'GET', '*']]) {
    for (const user of ['calute-api', 'calute-worker'])
      expect(await admin.call('ACL', 'DRYRUN', user, ...command)).toMatch(/no permissions/i);
  }
  expect(await admin.call('ACL', 'DRYRUN', 'calute-worker', 'HGETALL', 'calute:api-keys')).toMatch(
    /no permissions/i,
  );
});
