import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from '@calute/core/process/start-error';
import { freePort } from '../redis/free-port.ts';
import { readSettings } from '../start/settings.ts';
import { startCalute } from '../start/start-calute.ts';
import { watchStopSignals } from '../start/stop-signals.ts';

export interface OpenServer extends AsyncDisposable {
  readonly url: string;
}

/** Calute as `npm start` has it, with the bundled agents, on free ports and with a private Redis. Throws StartError. */
export async function openServer(): Promise<OpenServer> {
  const stateDir = await mkdtemp(join(tmpdir(), 'calute-clients-'));
  const env = {
    ...process.env,
    REDIS_URL: '',
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    ADMIN_PORT: String(await freePort()),
    CALUTE_API_KEY: '',
    CALUTE_AGENTS: pathInCheckout('agents'),
    CALUTE_MAX_WORKERS: '1',
    CALUTE_MIN_WORKERS: '1',
    LOG_LEVEL: process.env['LOG_LEVEL'] || 'warn',
  };
  const signals = watchStopSignals();
  const stopping = new AbortController();
  const ready = Promise.withResolvers<string>();
  const ended = startCalute({
    settings: await readSettings(env),
    env,
    apiFile: pathInCheckout('apps/api/src/main.ts'),
    workerFile: pathInCheckout('apps/worker/src/main.ts'),
    stateDir,
    signals: { stop: AbortSignal.any([signals.stop, stopping.signal]), force: signals.force },
    print: (line) => {
      if (line.startsWith('ready ')) ready.resolve(line.slice('ready '.length));
    },
    report: (line) => console.error(line),
  });
  const early = ended.then(() => Promise.reject(new StartError('Calute could not be started.')));
  const close = async () => {
    stopping.abort();
    await ended.catch(() => undefined);
    await rm(stateDir, { recursive: true, force: true });
  };
  try {
    return { url: await Promise.race([ready.promise, early]), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    early.catch(() => undefined);
  }
}

function pathInCheckout(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
