import { closeRedis, connectRedis } from '../../packages/core/src/redis/connect.ts';
import { createKeys } from '../../packages/core/src/redis/keys.ts';
import { createRedisRunStore } from '../../packages/core/src/run-store/redis-run-store.ts';
import { startPrivateRedis } from '../support/start-private-redis.ts';
import { allWaitUntil, jainIndex, sharesBetween, waitsOf } from './figures.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { type Served, type ServingStore, serveByStore, serveInTurn } from './serve.ts';

// Prints what docs/backlog.md shows: each scenario served by the backlog, and in turn.
await using redis = await startPrivateRedis({ aof: false });
const connection = connectRedis(redis.url, 'worker', ({ message }) => print(message));
await using _closing = { [Symbol.asyncDispose]: () => closeRedis(connection, 1000) };
/** Of those in which every flow has something that waits all the time. */
const alwaysWaiting = new Set<Scenario>([
  scenarios.skew,
  scenarios.group,
  scenarios.balanced,
  scenarios.weights,
]);
let count = 0;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function openStore(): ServingStore {
  count += 1;
  const keys = createKeys(`fairness-${count}`);
  return createRedisRunStore({ redis: connection, keys, retentionMs: 60_000 });
}

print('| scenario | who | wait: median, most | in turn: median, most | Jain index | in turn |');
print('|---|---|---:|---:|---:|---:|');
for (const scenario of Object.values<Scenario>(scenarios)) {
  const [served, inTurn] = [await serveByStore(openStore(), scenario), await serveInTurn(scenario)];
  const jain = alwaysWaiting.has(scenario) ? [served, inTurn].map(jainOf) : ['', ''];
  const names = [...new Set(scenario.arrivals.map(({ tenant }) => tenant))];
  const shown = names.filter((name) => !/-\d+$/.test(name) || name.endsWith('-1'));
  shown.forEach((tenant, index) => {
    const [own, turn] = [waitsOf(served, tenant), waitsOf(inTurn, tenant)];
    const waits = `${own.median}, ${own.most} | ${turn.median}, ${turn.most}`;
    const indices = index === 0 ? jain.join(' | ') : ' | ';
    print(`| ${index === 0 ? scenario.name : ''} | ${tenant} | ${waits} | ${indices} |`);
  });
}

const skew = await serveByStore(openStore(), scenarios.skew);
print(`\n${drawShares(skew)}`);

function jainOf(served: readonly Served[]): string {
  return jainIndex([...sharesBetween(served, 0, allWaitUntil(served)).values()]).toFixed(2);
}

/** What the flood and one of the others have got by when, as a chart for Markdown. */
function drawShares(served: readonly Served[]): string {
  const until = allWaitUntil(served);
  const times = Array.from({ length: 9 }, (_, index) => Math.round((until * index) / 8));
  const line = (flow: string) =>
    times.map((time) => sharesBetween(served, 0, time).get(flow) ?? 0).join(', ');
  return [
    '```mermaid',
    'xychart-beta',
    '  title "Tokens served by time: a flood of 400 runs, and one of nine tenants with 20"',
    `  x-axis [${times.join(', ')}]`,
    '  y-axis "tokens"',
    `  line [${line('tenant:flood')}]`,
    `  line [${line('tenant:tenant-1')}]`,
    '```',
  ].join('\n');
}
