import { pathToFileURL } from 'node:url';
import { asksForHelp } from '@calute/core/process/asks-for-help';
import { StartError } from '@calute/core/process/start-error';
import { checkRedis } from '../redis/check-redis.ts';
import { pathInCheckout } from '../start/path-in-checkout.ts';
import { runToStop } from '../start/run-to-stop.ts';
import { readSettings } from '../start/settings.ts';
import { superviseWorkers } from '../start/supervise-workers.ts';
import { parseWorkerArguments, type WorkerArguments } from './parse-arguments.ts';

type Scaled = Extract<WorkerArguments, { outcome: 'scaled' }>;

const workerFile = pathInCheckout('apps/worker/src/main.ts');

/** One worker in this process, or with `--min` and `--max` as many as the load wants. */
async function main(args: readonly string[]): Promise<void> {
  const parsed = parseWorkerArguments(args);
  if (parsed.outcome === 'one' || asksForHelp(args)) {
    await import(pathToFileURL(workerFile).href);
    return;
  }
  if (parsed.outcome === 'invalid') {
    console.error(parsed.message);
    process.exit(1);
  }
  process.exit(await supervise(parsed));
}

async function supervise({ min, max }: Scaled): Promise<number> {
  return await runToStop(async (signals) => {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...(min === undefined ? {} : { CALUTE_MIN_WORKERS: min }),
      ...(max === undefined ? {} : { CALUTE_MAX_WORKERS: max }),
    };
    const settings = readSettings(env);
    const redisUrl = await usableRedis(env['REDIS_URL']);
    return await superviseWorkers({
      settings,
      redisUrl,
      env,
      workerFile,
      stateDir: pathInCheckout('.calute'),
      signals,
      print: (line) => console.log(line),
      report: (line) => console.error(line),
    });
  });
}

async function usableRedis(url: string | undefined): Promise<string> {
  if (!url) {
    throw new StartError('Set REDIS_URL to the Redis that the API uses; `npm start` brings one of its own.');
  }
  const check = await checkRedis(url);
  if (check.outcome === 'unusable') throw new StartError(check.message);
  return url;
}

await main(process.argv.slice(2));
