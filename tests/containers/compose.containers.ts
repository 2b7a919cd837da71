import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../scripts/redis/free-port.ts';
import { ask, runIdOf } from '../support/chat-request.ts';
import { contentOf, openSse, parseEvents, parseWholeEvents } from '../support/read-sse.ts';
import { type Compose, findEngine } from './engine.ts';

const engine = await findEngine();
const root = join(import.meta.dirname, '../..');
const prometheusImage = 'prom/prometheus:v3.5.0';
const hasPrometheus = (await engine?.hasImage(prometheusImage)) ?? false;
const scaled = ['--profile', 'scale', 'up', '-d', '--scale'];
const words = 'one two three four five six seven eight';

/** Two APIs behind a balancer and three workers, as docker-compose.yml has them; only the agents are others. */
describe.skipIf(engine === undefined)('compose', () => {
  const key = randomBytes(16).toString('hex');
  let compose: Compose;
  /** The published API, and the balancer. */
  let urls: { readonly api: string; readonly balancer: string; readonly prometheus: string };
  let sdk: { readonly api: OpenAI; readonly balancer: OpenAI };

  beforeAll(async () => {
    if (engine === undefined) return;
    const ports = { api: await freePort(), balancer: await freePort(), prometheus: await freePort() };
    compose = engine.compose({
      project: `calute-test-${randomBytes(3).toString('hex')}`,
      folder: root,
      files: ['docker-compose.yml', 'tests/containers/fixtures/compose.yml'],
      env: {
        CALUTE_API_KEY: key,
        PORT: `${ports.api}`,
        BALANCER_PORT: `${ports.balancer}`,
        PROMETHEUS_PORT: `${ports.prometheus}`,
      },
    });
    const at = (port: number) => `http://127.0.0.1:${port}`;
    urls = { api: at(ports.api), balancer: at(ports.balancer), prometheus: at(ports.prometheus) };
    const client = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: key });
    sdk = { api: client(urls.api), balancer: client(urls.balancer) };
    // One image for all roles.
    await compose.run('build', 'api');
    await compose.run('--profile', 'scale', 'build', 'balancer');
    await compose.run(...scaled, 'worker=3', '--scale', 'supervisor=0');
    for (const one of [sdk.api, sdk.balancer])
      await vi.waitUntil(async () => (await agentsAt(one)).includes('slow'), {
        timeout: 120_000,
        interval: 500,
      });
  });

  afterAll(async () => {
    await compose?.run(
      '--profile',
      'scale',
      '--profile',
      'monitoring',
      'down',
      '-v',
      '--rmi',
      'local',
      '--timeout',
      '5',
    );
  });

  test('the image is at most 300 MB', async () => {
    const bytes = Number(await engine?.run('image', 'inspect', '--format', '{{.Size}}', 'calute'));
    expect(bytes / 1e6).toBeGreaterThan(50);
    expect(bytes / 1e6).toBeLessThan(300);
  });

  test.each(['api', 'replica', 'worker'])(
    '%s is healthy, as a user without rights on a root that it cannot write',
    async (service) => {
      const [id = ''] = await compose.idsOf(service);
      const health = () => engine?.run('inspect', '--format', '{{.State.Health.Status}}', id);
      await expect.poll(health, { timeout: 60_000, interval: 1000 }).toBe('healthy');
      expect(await engine?.run('exec', id, 'id', '-u')).toBe('1000');
      await expect(engine?.run('exec', id, 'touch', '/app/agents.ts')).rejects.toThrow(/[Rr]ead-only/);
      const caps = await engine?.run('exec', id, 'grep', '-E', 'CapBnd|NoNewPrivs', '/proc/1/status');
      expect(caps).toMatch(/CapBnd:\s+0+\s+NoNewPrivs:\s+1/);
    },
  );

  test('the openai package gets an answer and a stream from both', async () => {
    for (const client of [sdk.api, sdk.balancer]) {
      const answer = await client.chat.completions.create(ask('slow', 'How are you?'));
      expect(answer.choices[0]?.message.content).toBe('How are you?');
      expect(await readStream(client, 'How are you?')).toEqual({ text: 'How are you?', ends: ['stop'] });
    }
  });

  test('a stream goes on to its end, once, when the container of its worker is killed', async () => {
    const reading = readStream(sdk.balancer, 'call wait {"ms":20000}');
    const holder = await holderOf(await compose.idsOf('worker'));
    await engine?.run('kill', holder);
    expect(await reading).toEqual({ text: words, ends: ['stop'] });
    await compose.run(...scaled, 'worker=3', '--scale', 'supervisor=0', '--no-recreate');
  });

  test('a stream whose API is killed is resumed at another one', async () => {
    const authorization = { authorization: `Bearer ${key}` };
    const body = { ...ask('paced'), stream: true };
    const stream = await openSse(`${urls.api}/v1/chat/completions`, { body, headers: authorization });
    const text = await stream.readUntil((read) => parseWholeEvents(read).length >= 5);
    const seen = parseWholeEvents(text).slice(0, 5);
    const [api = ''] = await compose.idsOf('api');
    await engine?.run('kill', api);
    await stream.readAll().catch(() => undefined);
    const path = `${urls.balancer}/v1/chat/completions/${runIdOf(text)}/stream`;
    const headers = { ...authorization, 'last-event-id': `${seen.at(-1)?.id}` };
    const rest = parseEvents(await (await openSse(path, { headers })).readAll());
    const whole = await (await openSse(path, { headers: authorization })).readAll();
    expect([...seen, ...rest]).toEqual(parseEvents(whole));
    expect(contentOf(whole).split(' ')).toHaveLength(120);
    await compose.run('up', '-d', '--no-recreate', 'api');
    await expect.poll(() => agentsAt(sdk.api), { timeout: 60_000, interval: 500 }).toContain('paced');
  });

  test.skipIf(!hasPrometheus)(
    `Prometheus finds every container by its name and sees an open stream (${prometheusImage})`,
    async () => {
      await compose.run('--profile', 'monitoring', 'up', '-d', '--no-deps', 'prometheus');
      const open = await sdk.balancer.chat.completions.create({
        ...ask('slow', 'call wait {"ms":60000}'),
        stream: true,
      });
      const query = (text: string) => queryPrometheus(urls.prometheus, text);
      const polling = { timeout: 60_000, interval: 1000 };
      await expect.poll(() => query('count(up{job="calute"} == 1)'), polling).toBe(2 + 3);
      const openStreams = await openStreamsQuery();
      await expect.poll(() => query(openStreams), polling).toBe(1);
      open.controller.abort();
    },
  );

  test('APIs and workers drain and end in order, and the supervisor takes over what comes', async () => {
    const ids = [...(await compose.idsOf('replica')), ...(await compose.idsOf('worker'))];
    await compose.run('--profile', 'scale', 'stop', 'replica', 'worker');
    const codes = await Promise.all(
      ids.map((id) => engine?.run('inspect', '--format', '{{.State.ExitCode}}', id)),
    );
    expect(codes).toEqual(ids.map(() => '0'));
    await compose.run(...scaled, 'worker=0', '--scale', 'replica=0', '--no-recreate');
    expect(await readStream(sdk.balancer, 'And now?')).toEqual({ text: 'And now?', ends: ['stop'] });
    if (!hasPrometheus) return;
    // It finds the supervisor's workers by the file that the supervisor keeps.
    const supervised = () => queryPrometheus(urls.prometheus, 'count(calute_worker_slots{role="worker"})');
    await expect.poll(supervised, { timeout: 60_000, interval: 1000 }).toBe(1);
  });

  /** The worker that has a run in hand. */
  async function holderOf(workers: readonly string[]): Promise<string> {
    let holder = '';
    const look = async () => {
      const metrics = "fetch('http://127.0.0.1:9090/metrics').then((r) => r.text()).then(console.log)";
      const texts = await Promise.all(workers.map((id) => engine?.run('exec', id, 'node', '-e', metrics)));
      holder = workers[texts.findIndex((text = '') => /^calute_worker_slots_used 1$/m.test(text))] ?? '';
      return holder;
    };
    await expect.poll(look, { timeout: 19_000, interval: 50 }).not.toBe('');
    return holder;
  }
});

/** What KEDA asks; of all namespaces, since there is none here. */
async function openStreamsQuery(): Promise<string> {
  const manifest = await readFile(
    join(root, 'deploy/kubernetes/components/monitoring/api-scaling.yaml'),
    'utf8',
  );
  return (/query: (.+)/.exec(manifest)?.[1] ?? '').replace('{namespace="calute"}', '');
}

async function agentsAt(client: OpenAI): Promise<string[]> {
  const { data } = await client.models.list().catch(() => ({ data: [] }));
  return data.map(({ id }) => id);
}

async function readStream(client: OpenAI, text: string) {
  const seen = { text: '', ends: [] as string[] };
  for await (const { choices } of await client.chat.completions.create({
    ...ask('slow', text),
    stream: true,
  })) {
    seen.text += choices[0]?.delta.content ?? '';
    if (choices[0]?.finish_reason) seen.ends.push(choices[0].finish_reason);
  }
  return seen;
}

const vectorSchema = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/** The figure that a query gives; undefined while there is none. */
async function queryPrometheus(url: string, query: string): Promise<number | undefined> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`).catch(
    () => undefined,
  );
  if (response?.status !== 200) return undefined;
  const [first] = vectorSchema.parse(await response.json()).data.result;
  return first && Number(first.value[1]);
}
