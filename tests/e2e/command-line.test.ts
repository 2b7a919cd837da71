import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../support/child-environment.ts';

const start = 'scripts/start/main.ts';
const roles = ['apps/api/src/main.ts', 'apps/worker/src/main.ts'];
const scripts = ['keys', 'dead-letters', 'clients', 'chaos'].map((name) => `scripts/${name}/main.ts`);
const others = [...scripts, 'scripts/check.ts', 'bench/main.ts'];

describe('the command line', () => {
  it.each([start, ...roles, ...others])('of %s is explained by --help', async (file) => {
    const { exitCode, stdout, stderr } = await run(file, ['--help']);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^usage: .*npm (start|run [\w-]+)/),
      stderr: '',
    });
  });

  it.each([start, ...roles])(
    'of %s refuses what it does not know, before anything is started',
    async (file) => {
      const { exitCode, stdout, stderr } = await run(file, ['--port', '1']);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toBe(
        'calute: unknown argument "--port"; settings are environment variables, --help names them.\n',
      );
    },
  );
});

describe('the environment', () => {
  const bad = { REDIS_URL: 'redis://127.0.0.1:1', CALUTE_AGENT: 'x', LOG_LEVEL: 'loud', OPENAI_APIKEY: 'x' };

  it.each([start, ...roles])('of %s is judged as a whole', async (file) => {
    const { exitCode, stdout, stderr } = await run(file, [], bad);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^calute: Bad environment: LOG_LEVEL .*; CALUTE_AGENT .* CALUTE_AGENTS\?\)\.$/m);
  });

  it.each(roles)('of %s is warned of in one line each', async (file) => {
    const { stderr } = await run(file, [], { ...bad, REDIS_URL: '' });
    expect(stderr).toMatch(/^calute: warning: OPENAI_APIKEY \(unknown; do you mean OPENAI_API_KEY\?\)\.\n/);
  });
});

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { promise, resolve } = Promise.withResolvers<{ exitCode: unknown; stdout: string; stderr: string }>();
  const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  execFile(
    process.execPath,
    [path, ...args],
    { env: { ...childEnvironment(), ...env } },
    (error, stdout, stderr) => resolve({ exitCode: error?.code ?? 0, stdout, stderr }),
  );
  return promise;
}
