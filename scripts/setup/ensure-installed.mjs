import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdLock } from './hold-lock.mjs';

/** Makes node_modules match package-lock.json. Two commands at once on a fresh clone install once: the second one waits. */
export async function ensureInstalled(root, install = npmCi) {
  if (isInstalled(root)) return { outcome: 'installed' };
  const release = await holdLock(join(root, '.calute', 'install.lock'));
  try {
    if (isInstalled(root)) return { outcome: 'installed' };
    process.stderr.write('calute: installing the dependencies (npm ci) …\n');
    return await install(root);
  } finally {
    release();
  }
}

/**
 * Whether every package of package-lock.json is there at its version. npm writes node_modules/.package-lock.json as the
 * last step of an install, so that a broken-off one never matches.
 */
function isInstalled(root) {
  const present = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(present)) return false;
  const actual = JSON.parse(readFileSync(present, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => isPresent(path, entry, actual[path]));
}

function isPresent(path, wanted, actual) {
  if (!path.includes('node_modules/')) return true;
  // Packages for other platforms are never there.
  if (actual === undefined) return wanted.optional === true || wanted.devOptional === true;
  return actual.version === wanted.version && actual.integrity === wanted.integrity;
}

/** Gives up its output only when it fails. */
function npmCi(root) {
  // include: NODE_ENV=production would leave out what the tests need, an omit setting the pinned Node.
  const args = [
    'ci',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && first.length === 0,
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  return new Promise((settle) => {
    child.once('error', (error) => settle(failed(`npm could not be run: ${error.message}`, 1)));
    child.once('close', (code) =>
      settle(code === 0 ? { outcome: 'installed' } : failed(`${Buffer.concat(output)}`, code)),
    );
  });
}

function failed(output, exitCode) {
  return {
    outcome: 'failed',
    exitCode: exitCode ?? 1,
    message: `${output.trim()}\ncalute: "npm ci" failed; its output is above.`,
  };
}
