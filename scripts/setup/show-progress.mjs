import { statSync } from 'node:fs';
import { join } from 'node:path';

const lookEveryMs = 500;
const lineEveryMs = 10_000;

/**
 * Says how far an install is, by the packages that are in their places: in a terminal on one line that is written again, else on a
 * line now and then. Returns what ends it.
 */
export function showProgress(root, paths, out = process.stderr) {
  const sinceMs = Date.now();
  const missing = new Set(paths);
  let saidMs = sinceMs;
  const timer = setInterval(() => {
    for (const path of missing) if (isNew(join(root, path, 'package.json'), sinceMs)) missing.delete(path);
    const nowMs = Date.now();
    const seconds = Math.round((nowMs - sinceMs) / 1000);
    const line = `calute: ${paths.length - missing.size} of ${paths.length} packages, ${seconds} s`;
    if (out.isTTY) out.write(`\r\x1b[K${line}`);
    else if (nowMs - saidMs >= lineEveryMs) {
      saidMs = nowMs;
      out.write(`${line}\n`);
    }
  }, lookEveryMs);
  return () => {
    clearInterval(timer);
    if (out.isTTY) out.write('\r\x1b[K');
  };
}

/** What an install that was broken off has left is removed first, and does not count. */
function isNew(file, sinceMs) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && found.ctimeMs >= sinceMs;
}
