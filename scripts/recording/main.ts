import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../redis/free-port.ts';
import { pack } from '../release/pack.ts';
import { type Recording, toAsciicast } from './asciicast.ts';
import { openShell } from './open-shell.ts';
import { endServer, playFirstScreen } from './play-first-screen.ts';
import { toSvg } from './to-svg.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const size = { columns: 92, rows: 40 };
const title = 'A project is made, an agent answers, and an answer goes on although its server is killed';

/** `npm run record`: makes docs/first-screen.svg, the terminal of the README, from what the commands really print. */
async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'calute-recording-'));
  try {
    const recording = { ...size, title, events: await record(folder) };
    const cast = join(root, '.calute', 'first-screen.cast');
    await mkdir(dirname(cast), { recursive: true });
    await writeFile(cast, toAsciicast(recording));
    await writeFile(join(root, 'docs', 'first-screen.svg'), toSvg(recording));
    console.log('docs/first-screen.svg and .calute/first-screen.cast are written.');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function record(folder: string): Promise<Recording['events']> {
  const { file } = await pack(root, folder);
  const project = join(folder, 'my-agents');
  await mkdir(project);
  const { CALUTE_URL: _, ...inherited } = process.env;
  const env = { ...inherited, npm_config_ignore_scripts: 'true', npm_config_update_notifier: 'false' };
  const installed = spawnSync('npm', ['install', '--no-audit', '--no-fund', file], {
    cwd: project,
    env,
    encoding: 'utf8',
  });
  if (installed.status !== 0) throw new Error(`npm install failed:\n${installed.stderr}`);
  const port = String(await freePort());
  const settings = {
    PORT: port,
    ADMIN_PORT: '0',
    LOG_LEVEL: 'silent',
    CALUTE_URL: `http://127.0.0.1:${port}`,
  };
  const shell = await openShell({ cwd: project, env: { ...env, ...settings }, ...size });
  try {
    await playFirstScreen(shell, project);
    return shell.recorded();
  } finally {
    await endServer(project);
    await shell.close();
  }
}

await main();
