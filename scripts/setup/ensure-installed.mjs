import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdLock } from './hold-lock.mjs';
import { showProgress } from './show-progress.mjs';

/**
 * Makes node_modules match package-lock.json; without `dev` what only development needs may be missing. Two commands at once on a
 * fresh clone install once: the second one waits.
 */
export async function ensureInstalled(root, { dev = true } = {}) {
  if (isInstalled(root, dev)) return { outcome: 'installed' };
  const release = await holdLock(join(root, '.calute', 'install.lock'));
  try {
    if (isInstalled(root, dev)) return { outcome: 'installed' };
    process.stderr.write('calute: installing the dependencies (npm ci) …\n');
    const endProgress = showProgress(root, listPaths(root, dev));
    return await npmCi(root, dev).finally(endProgress);
  } finally {
    release();
  }
}

/**
 * Whether every package of package-lock.json is there at its version. npm writes node_modules/.package-lock.json as the
 * last step of an install, so that a broken-off one never matches.
 */
function isInstalled(root, dev) {
  const present = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(present)) return false;
  const actual = readPackages(present);
  return wantedPackages(root, dev).every(([path, entry]) => isPresent(entry, actual[path]));
}

function isPresent(wanted, actual) {
  // Packages for other platforms are never there.
  if (actual === undefined) return mayBeMissing(wanted);
  return actual.version === wanted.version && actual.integrity === wanted.integrity;
}

function wantedPackages(root, dev) {
  const packages = Object.entries(readPackages(join(root, 'package-lock.json')));
  return packages.filter(([path, { dev: isForDev }]) => path.includes('node_modules/') && (dev || !isForDev));
}

function mayBeMissing(wanted) {
  return wanted.optional === true || wanted.devOptional === true;
}

function listPaths(root, dev) {
  return wantedPackages(root, dev).flatMap(([path, wanted]) =>
    wanted.link || mayBeMissing(wanted) ? [] : [path],
  );
}

function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/** Gives up its output only when it fails. */
function npmCi(root, dev) {
  // A Node that is new enough stands for the pinned one where nothing but the roles is run.
  const isNodeNeeded = dev || Number.parseInt(process.versions.node, 10) < 24;
  // include: NODE_ENV=production would leave out what the tests need, an omit setting the pinned Node.
  const args = [
    'ci',
    '--ignore-scripts',
    dev ? '--include=dev' : '--omit=dev',
    isNodeNeeded ? '--include=optional' : '--omit=optional',
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
