import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startRoleAt } from '../support/start-role.ts';

export interface BurstOptions {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly runs: number;
  readonly runMs: number;
  readonly maxWorkers: number;
  readonly concurrency: number;
  /** How long workers are kept that are not needed, and how long between two that go. */
  readonly downAfterS: number;
  readonly downEveryS: number;
  readonly report: (line: string) => void;
}

export interface BurstSample {
  readonly second: number;
  readonly waiting: number;
  readonly running: number;
  readonly needed: number;
  readonly workers: number;
}

export interface Burst {
  readonly completed: number;
  /** What was answered instead, by status. */
  readonly failed: readonly number[];
  readonly samples: readonly BurstSample[];
  /** What the supervisor said. */
  readonly decisions: readonly string[];
}

const scalingSchema = z.object({
  backlog: z.number(),
  running: z.number(),
  neededWorkers: z.number(),
  liveWorkers: z.number(),
});

/**
 * Sends runs all at once to an installation whose supervisor has gone down to no worker, and watches it until there is none
 * again.
 */
export async function runBurst(options: BurstOptions): Promise<Burst> {
  await using stack = new AsyncDisposableStack();
  const agents = await mkdtemp(join(tmpdir(), 'calute-burst-'));
  stack.defer(() => rm(agents, { recursive: true }));
  await writeAgent(agents, options.runMs);
  const environment = {
    REDIS_URL: options.redisUrl,
    CALUTE_PREFIX: options.prefix,
    WORKER_CONCURRENCY: String(options.concurrency),
    FILES_DIR: join(agents, 'files'),
    CALUTE_AGENTS: agents,
  };
  const api = stack.use(await startRoleAt('api', { PORT: '0', ADMIN_PORT: '0', ...environment }));
  const supervisor = stack.use(superviseWorkers(environment, options));
  const load = () => readScaling(api.admin);
  await until(async () => (await load()).workers > 0);
  options.report('a worker is up, and has announced its agents; waiting until it has gone again');
  await until(async () => supervisor.decisions.some((line) => line.includes('1 -> 0')));
  await until(async () => (await load()).workers === 0);
  const before = supervisor.decisions.length;
  const sampling = sample(load, () =>
    supervisor.decisions.slice(before).some((line) => line.includes('-> 0')),
  );
  options.report(`no worker is up; ${options.runs} runs at once`);
  const answers = await Promise.all(Array.from({ length: options.runs }, () => ask(api.url)));
  options.report('all are answered; waiting until no worker is left');
  const samples = await sampling;
  return {
    completed: answers.filter((status) => status === 200).length,
    failed: answers.filter((status) => status !== 200),
    samples,
    decisions: supervisor.decisions.slice(before),
  };
}

function writeAgent(folder: string, runMs: number): Promise<void> {
  const words = 10;
  const model = `offline:echo?delayMs=${Math.round(runMs / words)}`;
  const source = `import { defineAgent } from '@calute/core/agent/define-agent';
export default defineAgent({ id: 'burst', model: '${model}' });\n`;
  return writeFile(join(folder, 'burst.ts'), source);
}

async function ask(url: string): Promise<number> {
  const content = 'one two three four five six seven eight nine ten';
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'burst', messages: [{ role: 'user', content }] }),
  });
  await response.text();
  return response.status;
}

async function readScaling(admin: string): Promise<Omit<BurstSample, 'second'>> {
  const response = await fetch(`${admin}/scaling`);
  const { backlog, running, neededWorkers, liveWorkers } = scalingSchema.parse(await response.json());
  return { waiting: backlog, running, needed: neededWorkers, workers: liveWorkers };
}

async function sample(
  load: () => Promise<Omit<BurstSample, 'second'>>,
  isOver: () => boolean,
): Promise<BurstSample[]> {
  const samples: BurstSample[] = [];
  const startedMs = performance.now();
  for (let isLast = false; !isLast; ) {
    isLast = isOver();
    samples.push({ second: Math.round((performance.now() - startedMs) / 1000), ...(await load()) });
    await delay(1000);
  }
  return samples;
}

/** `npm run worker -- --min 0 --max N` as users run it. */
function superviseWorkers(environment: Record<string, string>, options: BurstOptions) {
  const file = fileURLToPath(new URL('../../scripts/worker/main.ts', import.meta.url));
  const { PATH = '' } = process.env;
  const child: ChildProcess = spawn(
    process.execPath,
    [file, '--min', '0', '--max', String(options.maxWorkers)],
    {
      env: {
        PATH,
        ...environment,
        CALUTE_SCALE_DOWN_AFTER_S: String(options.downAfterS),
        CALUTE_SCALE_DOWN_EVERY_S: String(options.downEveryS),
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const decisions: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => {
    for (const line of String(chunk).split('\n')) if (line.includes(' -> ')) decisions.push(line);
  });
  const exited = once(child, 'exit');
  return {
    decisions,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(200);
}
