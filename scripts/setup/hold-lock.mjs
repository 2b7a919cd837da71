import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const lookAgainMs = 200;
/** Longer than any install: the holder's id has then been given to another process, as happens in containers. */
const staleMs = 15 * 60_000;

/** Waits until the lock file is ours; it lies outside node_modules because `npm ci` begins by deleting that. */
export async function holdLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  while (!tryCreate(path)) {
    if (isStale(path)) rmSync(path, { force: true });
    else await wait(lookAgainMs);
  }
  const release = () => {
    process.off('exit', release);
    rmSync(path, { force: true });
  };
  process.on('exit', release);
  return release;
}

function tryCreate(path) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function isStale(path) {
  try {
    const ageMs = Date.now() - statSync(path).mtimeMs;
    const pid = Number(readFileSync(path, 'utf8'));
    // An empty file: its maker is between the two steps of making it, or died there.
    if (!(pid > 0)) return ageMs > 2000;
    return ageMs > staleMs || !isAlive(pid);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
