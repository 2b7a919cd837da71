import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, isFree } from './free-port.ts';

/**
 * The port that the private Redis of this folder had before, so that what was pointed at it finds it again; another one when
 * there was none, or somebody else has it now.
 */
export async function choosePort(stateDir: string): Promise<number> {
  const kept = Number(await readFile(portPath(stateDir), 'utf8').catch(() => ''));
  const isPort = Number.isInteger(kept) && kept > 1023 && kept < 65_536;
  return isPort && (await isFree(kept)) ? kept : freePort();
}

export async function keepPort(stateDir: string, port: number): Promise<void> {
  await writeFile(portPath(stateDir), `${port}\n`);
}

function portPath(stateDir: string): string {
  return join(stateDir, 'redis-port');
}
