import { startPrivateRedis } from '../support/start-private-redis.ts';
import { runBurst } from './burst.ts';

// Prints what docs/scaling.md shows of a real burst: 500 runs of 2 s against `npm run worker -- --min 0 --max 4`.
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await using redis = await startPrivateRedis({ aof: true });
const burst = await runBurst({
  redisUrl: redis.url,
  prefix: 'burst',
  runs: 500,
  runMs: 2000,
  maxWorkers: 4,
  concurrency: 16,
  downAfterS: Number(process.env['DOWN_AFTER_S'] ?? 30),
  downEveryS: Number(process.env['DOWN_EVERY_S'] ?? 10),
  report: print,
});
const { samples } = burst;
const last = samples.at(-1)?.second ?? 0;
const list = (value: (sample: (typeof samples)[number]) => number) => samples.map(value).join(', ');
print(
  `completed ${burst.completed}, failed ${burst.failed.length}, workers at the end ${samples.at(-1)?.workers}`,
);
for (const line of burst.decisions) print(line);
print('```mermaid');
print('xychart-beta');
print('  title "500 runs of 2 s at once: workers that live"');
print(`  x-axis "seconds" 0 --> ${last}`);
print('  y-axis "workers" 0 --> 5');
print(`  line [${list(({ workers }) => workers)}]`);
print('```');
print('```mermaid');
print('xychart-beta');
print('  title "500 runs of 2 s at once: runs that wait, and that run"');
print(`  x-axis "seconds" 0 --> ${last}`);
print('  y-axis "runs"');
print(`  line [${list(({ waiting }) => waiting)}]`);
print(`  line [${list(({ running }) => running)}]`);
print('```');
process.exitCode = burst.completed === 500 ? 0 : 1;
