import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asksForHelp } from '@calute/core/process/asks-for-help';
import { StartError } from '@calute/core/process/start-error';
import { type Client, clients } from './clients.ts';
import { openServer } from './open-server.ts';
import { readSnippets, type Snippet } from './read-snippets.ts';
import { runSnippet } from './run-snippet.ts';

const help = `usage: npm run clients [-- NAME…]

Tries the clients of the README as they stand there: installs each into a folder of its own that is removed again (some are
large), starts Calute on free ports and runs the snippets against it. Ends with 1 when one does not work.

NAME   a part of a client's name; without any, all: ${clients.map(({ name }) => name).join('; ')}`;

// The listeners for signals and the channel to the parent would keep the process.
process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  if (asksForHelp(args)) {
    console.log(help);
    return 0;
  }
  try {
    return await tryClients(chooseClients(args));
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(`clients: ${error.message}`);
    return 1;
  }
}

function chooseClients(names: readonly string[]): readonly Client[] {
  const fits = ({ name }: Client, part: string) => name.toLowerCase().includes(part.toLowerCase());
  const unknown = names.find((part) => !clients.some((client) => fits(client, part)));
  if (unknown !== undefined)
    throw new StartError(
      `No client is called "${unknown}"; known: ${clients.map(({ name }) => name).join('; ')}.`,
    );
  return clients.filter((client) => names.length === 0 || names.some((part) => fits(client, part)));
}

async function tryClients(chosen: readonly Client[]): Promise<number> {
  const readme = await readFile(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const snippets = new Map(readSnippets(readme).map((snippet) => [snippet.client, snippet]));
  await using server = await openServer();
  let failed = 0;
  for (const client of chosen) {
    const fault = await tryClient(client, snippets.get(client.name), server.url);
    console.log(`clients: ${client.name} ${fault === undefined ? 'works' : `FAILED: ${fault}`}`);
    if (fault !== undefined) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

/** What keeps it from working; undefined when nothing does. */
async function tryClient(
  client: Client,
  snippet: Snippet | undefined,
  url: string,
): Promise<string | undefined> {
  if (snippet === undefined) return 'the README does not show it';
  const folder = await mkdtemp(join(tmpdir(), 'calute-client-'));
  try {
    const installed = await install(client, folder);
    if (installed !== 0) return `npm could not install ${client.packages.join(' ')} (exit code ${installed})`;
    const env = await ownHome(folder);
    const { exitCode, stdout, stderr } = await runSnippet(snippet, { folder, url, env });
    if (exitCode === 0 && client.prints.test(stdout)) return undefined;
    return `exit code ${exitCode}; it printed ${JSON.stringify(stdout.slice(-500))}, and ${stderr.slice(-2000)}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function install({ packages, ownScripts = false }: Client, folder: string): Promise<number> {
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const args = ['install', `--ignore-scripts=${!ownScripts}`, '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn('npm', [...args, '--save-exact', ...packages], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  const [code] = await once(child, 'close');
  return code ?? 1;
}

/** Tools for people keep settings and histories at home: they are not to touch those of whoever runs this. */
async function ownHome(folder: string): Promise<NodeJS.ProcessEnv> {
  const { CALUTE_API_KEY: _, OPENAI_API_KEY: _openAi, ...env } = process.env;
  const home = join(folder, 'home');
  await mkdir(home);
  return {
    ...env,
    HOME: home,
    USERPROFILE: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: home,
  };
}
