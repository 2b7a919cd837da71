import { fileURLToPath } from 'node:url';
import type { Scope } from '../../../packages/core/src/api-keys/api-key.ts';
import { createKeyStore, type KeyStore } from '../../../packages/core/src/api-keys/key-store.ts';
import { createRunId, tenantIdSchema } from '../../../packages/core/src/ids.ts';
import { createLogger } from '../../../packages/core/src/logging/logger.ts';
import { closeRedis } from '../../../packages/core/src/redis/connect.ts';
import { createKeys } from '../../../packages/core/src/redis/keys.ts';
import { openRedis } from '../../../packages/core/src/redis/open-redis.ts';
import { createRunJournal } from '../../../packages/core/src/run-store/journal/redis-run-journal.ts';
import type { RunFact } from '../../../packages/core/src/run-store/journal/run-fact.ts';
import { type Calute, prepareCalute, type TestAgent } from '../../support/start-calute.ts';
import type { StartedRole } from '../../support/start-role.ts';

/** Offline, with a tool, a handoff and a long answer. */
const agentsFolder = fileURLToPath(new URL('../fixtures/agents', import.meta.url));

export interface ConsoleUnderTest extends Calute {
  readonly api: StartedRole;
  readonly url: string;
  startAgents(settings?: Readonly<Record<string, string>>): Promise<StartedRole>;
  /** Asks an agent; resolves with the id of the run when it is accepted, without waiting for its end. */
  ask(model: string, text: string, more?: object, secret?: string): Promise<string>;
}

/** An installation with one API; workers are started by tests, with `agents` or those of the folder. */
export async function startConsole(
  settings: Readonly<Record<string, string>> = {},
  agents: readonly TestAgent[] = [],
): Promise<ConsoleUnderTest> {
  const calute = await prepareCalute(agents);
  const api = await calute.startApi(settings);
  return {
    ...calute,
    api,
    url: `${api.url}/console`,
    startAgents: (more) => calute.startWorker({ CALUTE_AGENTS: agentsFolder, ...more }),
    async ask(model, text, more, secret = '') {
      const response = await fetch(`${api.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-on-disconnect': 'continue',
          authorization: `Bearer ${secret}`,
        },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: text }], stream: true, ...more }),
      });
      const runId = response.headers.get('x-calute-run-id');
      if (!response.ok || runId === null) throw new Error(await response.text());
      void response.text().catch(() => undefined); // because a test may end before the run
      return runId;
    },
  };
}

export interface CreatedKey {
  readonly secret: string;
  revoke(): Promise<void>;
}

/** A key of the installation, as `npm run keys` makes it. */
export async function createKey({ environment }: Calute, ...scopes: readonly Scope[]): Promise<CreatedKey> {
  const inStore = async <Result>(work: (store: KeyStore) => Promise<Result>): Promise<Result> => {
    const redis = await openRedis(environment.REDIS_URL, 'command', () => undefined);
    const logger = createLogger({ role: 'test', level: 'silent' });
    const store = createKeyStore({
      redis,
      keys: createKeys(environment.CALUTE_PREFIX),
      now: Date.now,
      logger,
    });
    try {
      return await work(store);
    } finally {
      await closeRedis(redis, 1000);
    }
  };
  const { key, secret } = await inStore((store) =>
    store.create({ name: scopes.join(' '), scopes: [...scopes] }),
  );
  return { secret, revoke: async () => void (await inStore((store) => store.revoke(key.id))) };
}

/** Five minutes of runs, as they would stand in the journal by now. Call it before anything else happens. */
export async function journalPast({ environment }: Calute): Promise<void> {
  const redis = await openRedis(environment.REDIS_URL, 'command', () => undefined);
  const { journal } = createKeys(environment.CALUTE_PREFIX);
  const fromMs = Date.now() - 300_000;
  const writes = redis.pipeline();
  for (let second = 0; second < 290; second += 1) {
    const runs = Math.round(6 + 4 * Math.sin(second / 25) + (second % 7) / 3);
    for (let index = 0; index < runs; index += 1) {
      const fact = endedFact(second * 11 + index, fromMs + second * 1000);
      const { kind, id, origin } = fact;
      if (kind !== 'ended' || !origin) continue;
      writes.xadd(
        journal,
        `${fromMs + second * 1000}-*`,
        'f',
        JSON.stringify({ kind: 'accepted', id, origin }),
      );
      writes.xadd(journal, `${fromMs + second * 1000}-*`, 'f', JSON.stringify(fact));
    }
  }
  await writes.exec();
  await closeRedis(redis, 1000);
}

/** Puts runs into the journal as if they had been: what a busy day leaves. */
export async function journalRuns({ environment }: Calute, howMany: number): Promise<void> {
  const redis = await openRedis(environment.REDIS_URL, 'command', () => undefined);
  const keys = createKeys(environment.CALUTE_PREFIX);
  const faults: unknown[] = [];
  const onError = (error: unknown) => void faults.push(error);
  const journal = createRunJournal({ redis, keys, now: Date.now, onError });
  const nowMs = Date.now();
  for (let index = 0; index < howMany; index += 1) {
    journal.note(endedFact(index, nowMs - (howMany - index) * 20));
  }
  await journal.close();
  await closeRedis(redis, 1000);
  if (faults.length > 0) throw faults[0];
}

function endedFact(index: number, createdMs: number): RunFact {
  const origin = {
    tenant: tenantIdSchema.parse(index % 3 === 0 ? 'acme' : 'local'),
    agent: index % 10 === 0 ? 'desk' : 'echo',
    runClass: 'live' as const,
    createdMs,
  };
  const work = {
    worker: 'worker',
    attempt: 1,
    waitedMs: 2,
    firstMs: 40 + (index % 50),
    totalMs: 400,
    promptTokens: 20,
    completionTokens: 60,
  };
  const end =
    index % 25 === 0
      ? ({ reason: 'failed', detail: 'upstream_error' } as const)
      : ({ reason: 'completed' } as const);
  return { kind: 'ended', id: createRunId(createdMs), ...end, origin, work };
}
