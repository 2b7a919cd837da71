import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inFolder } from '../package/run-in-folder.ts';
import { findEngine } from './engine.ts';

const engine = await findEngine();
const root = join(import.meta.dirname, '../..');
const image = 'calute-test-agents';

const agentFile = `
import { defineAgent } from 'calute';
import ms from 'ms';
export default defineAgent({ id: 'in-' + ms(60_000), model: 'offline:echo' });
`;

test.skipIf(engine === undefined)(
  'agents with npm dependencies of their own get an image upon that of the roles',
  {
    timeout: 600_000,
  },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'calute-agents-'));
    try {
      await mkdir(join(folder, 'agents'));
      await writeFile(join(folder, 'agents/in.ts'), agentFile);
      await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
      await inFolder(folder).succeed('npm', 'install', '--package-lock-only', 'ms@2.1.3');
      await engine?.run('build', '-t', 'calute', root);
      await engine?.run('build', '-f', join(root, 'deploy/docker/agents.Dockerfile'), '-t', image, folder);
      const calute = ['node', 'packages/calute/bin/calute.mjs', 'agents', 'check'];
      expect(await engine?.run('run', '--rm', '--read-only', image, ...calute)).toMatch(
        /^in-1m +offline:echo/m,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
      await engine?.run('rmi', '-f', image);
    }
  },
);
