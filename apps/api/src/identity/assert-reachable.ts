import { isIP } from 'node:net';
import { StartError } from '@calute/core/process/start-error';

/** Without a key everybody who reaches the port may use it, so only this machine may. Throws StartError otherwise. */
export function assertReachable(host: string, keyExists: boolean): void {
  if (keyExists || isLoopbackHost(host)) return;
  const how =
    'create a key with `npm run keys -- create --name NAME`, set CALUTE_API_KEY, or use HOST=127.0.0.1';
  throw new StartError(`HOST=${host} is reachable from outside and no API key exists: ${how}.`);
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
