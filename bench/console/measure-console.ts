import { setTimeout as wait } from 'node:timers/promises';
import { startBenchRedis } from '../ground/start-bench-redis.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import { startCaluteApi, startCaluteWorker } from '../peers/start-calute.ts';
import { formatFigure, formatTable } from '../report/table.ts';
import { usageOf } from '../rounds/measure-use.ts';
import { noteRuns } from './note-runs.ts';
import { openViews } from './open-views.ts';

const runsPerSecond = 1000;
/** Until code is compiled, and the journal holds as many facts as it keeps. */
const settleMs = 12_000;
const watchMs = 30_000;

interface Stage {
  readonly name: string;
  readonly apiShare: number | undefined;
  readonly redisShare: number | undefined;
  readonly bytesPerS: number;
}

/** Gives a table of what the console costs an API and Redis: with nobody looking, and with 20 pages open while many runs pass. */
export async function measureConsole(ground: BenchGround): Promise<string> {
  const redis = await startBenchRedis(ground, 'console');
  const role = { redisUrl: redis.url, env: { CALUTE_API_KEY: 'a-key-of-the-benchmark' } };
  await startCaluteWorker(ground, role);
  const api = await startCaluteApi(ground, role);
  const processes = [
    { role: 'api', pid: api.pid },
    { role: 'redis', pid: redis.pid },
  ] as const;
  let seenBytes = () => 0;
  const watch = async (name: string): Promise<Stage> => {
    await wait(settleMs);
    const [before, bytes, fromMs] = [await usageOf(processes), seenBytes(), performance.now()];
    await wait(watchMs);
    const ms = performance.now() - fromMs;
    const after = await usageOf(processes);
    const share = (which: 'api' | 'redis') => {
      const usedUs = (after.get(which)?.cpuUs ?? Number.NaN) - (before.get(which)?.cpuUs ?? Number.NaN);
      return usedUs / 10 / ms;
    };
    const bytesPerS = (seenBytes() - bytes) / (ms / 1000);
    return { name, apiShare: share('api'), redisShare: share('redis'), bytesPerS };
  };

  const stages = [await watch('nothing happens')];
  await using _noted = await noteRuns(redis.url, runsPerSecond);
  stages.push(await watch(`${runsPerSecond} runs/s, nobody looks`));
  await using views = await openViews(api.url, role.env.CALUTE_API_KEY);
  seenBytes = views.bytes;
  stages.push(await watch(`${runsPerSecond} runs/s, ${views.count} pages of ${views.different} views`));
  views.assertShown();
  return `# The console\n\n${watchMs / 1000} s each; runs pass in the journal alone.\n\n${format(stages)}`;
}

function format(stages: readonly Stage[]): string {
  const headers = ['while', 'API, % of a core', 'Redis, % of a core', 'sent, KB/s'];
  const rows = stages.map(({ name, apiShare, redisShare, bytesPerS }) => [
    name,
    formatFigure(apiShare),
    formatFigure(redisShare),
    formatFigure(bytesPerS / 1000),
  ]);
  return formatTable(headers, rows);
}
