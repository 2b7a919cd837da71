import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';
import { type RoleEnvironment, type StartedRole, startApi, startWorker } from './start-role.ts';
import { randomPrefix } from './test-redis.ts';

/** An agent, or with `members` a team, as JSON can say it. */
export interface TestAgent extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly model: string;
}

/** One installation: its own keys in the tests' Redis, its own agents and its own scripted upstream. */
export interface Calute extends AsyncDisposable {
  readonly upstream: ScriptedUpstream;
  readonly environment: RoleEnvironment;
  /** Further roles of it; `settings` are environment variables. All end with the installation. */
  startApi(settings?: Readonly<Record<string, string>>): Promise<StartedRole>;
  startWorker(settings?: Readonly<Record<string, string>>): Promise<StartedRole>;
}

/** Prepares an installation; no role runs yet. */
export async function prepareCalute(agents: readonly TestAgent[]): Promise<Calute> {
  await using opened = new AsyncDisposableStack();
  const upstream = opened.use(await startScriptedUpstream());
  const folder = opened.adopt(await writeAgents(agents), (path) => rm(path, { recursive: true }));
  const files = opened.adopt(await mkdtemp(join(tmpdir(), 'calute-files-')), (path) =>
    rm(path, { recursive: true }),
  );
  const environment = {
    REDIS_URL: inject('redisUrl'),
    REDIS_PARTITIONS: inject('partitions'),
    CALUTE_PREFIX: randomPrefix(),
    FILES_DIR: files,
  };
  const worker = { CALUTE_AGENTS: folder, OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: 'sk-upstream' };
  const open = opened.move();
  return {
    upstream,
    environment,
    startApi: async (settings) => open.use(await startApi({ ...environment, ...settings })),
    startWorker: async (settings) => open.use(await startWorker({ ...environment, ...worker, ...settings })),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** Agents that pass everything on to the upstream's model of the same name. */
export function passOn(...ids: readonly string[]): TestAgent[] {
  return ids.map((id) => ({ id, model: `openai:${id}` }));
}

/** What all tests of a file share: started before the first and disposed after the last. Call it at the top of the file. */
export function share<Shared extends AsyncDisposable>(start: () => Promise<Shared>): () => Shared {
  let shared: Shared | undefined;
  beforeAll(async () => {
    shared = await start();
  });
  afterAll(() => shared?.[Symbol.asyncDispose]());
  return () => {
    if (shared === undefined) throw new Error('What the tests share is there only while they run.');
    return shared;
  };
}

/** Agent files in a folder outside the repository, as those of a user. */
async function writeAgents(agents: readonly TestAgent[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'calute-agents-'));
  const write = (agent: TestAgent) => {
    const [define, file] =
      'members' in agent ? ['defineTeam', 'define-team'] : ['defineAgent', 'define-agent'];
    const definition = `export default ${define}(${JSON.stringify(agent)});`;
    const source = `import { ${define} } from '@calute/core/agent/${file}';\n${definition}\n`;
    return writeFile(join(folder, `${agent.id}.ts`), source);
  };
  await Promise.all(agents.map(write));
  return folder;
}
