import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RecordedShell } from './open-shell.ts';

/** The words of an agent that takes its time. */
const poet = `import { defineAgent } from 'calute';
export default defineAgent({ id: 'poet', model: 'offline:lorem?tokens=60&delayMs=90' });
`;
const prompt = /[^$]*\$ /;

/** What the README shows first: a project is made and served, an agent is asked, and a server dies under an answer. */
export async function playFirstScreen(shell: RecordedShell, project: string): Promise<void> {
  await shell.type('npx calute init');
  await shell.see(after(/Next: [^\n]*\n/));
  await writeFile(join(project, 'agents', 'poet.ts'), poet);
  await wait(800);
  await shell.type('npx calute dev &');
  await shell.see(/try: [^\n]*\n/);
  await wait(600);
  shell.press('\n');
  await shell.see(/\$ /);
  await shell.type('npx calute chat clock \'call time {"zone":"Asia/Tokyo"}\'');
  await shell.see(after(/tokens[^\n]*\n/));
  await wait(1000);
  await shell.type('npx calute chat poet "Say more"   # the API is killed meanwhile');
  await shell.see(/( [a-z]+){12}/);
  process.kill(await findRole(project, 'api'), 'SIGKILL');
  await shell.see(after(/tokens[^\n]*\n/));
  await wait(2500);
}

/** Ends the server of the project and waits until it is gone. */
export async function endServer(project: string): Promise<void> {
  const lock = join(project, '.calute', 'start.lock');
  const { pid }: { readonly pid: number } = JSON.parse(await readFile(lock, 'utf8'));
  process.kill(pid, 'SIGINT');
  while ((await readFile(lock, 'utf8').catch(() => '')) !== '') await wait(100);
}

function after(pattern: RegExp): RegExp {
  return new RegExp(pattern.source + prompt.source);
}

/** The process of a role of this project. */
async function findRole(project: string, role: string): Promise<number> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(join(project, 'node_modules')) && line.includes(`/apps/${role}/`)) return Number(entry);
  }
  throw new Error(`No ${role} runs in ${project}.`);
}
