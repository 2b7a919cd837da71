import { setTimeout as delay } from 'node:timers/promises';
import { stuckAfterMs } from './clients/ask-api.ts';
import { readStream } from './clients/read-stream.ts';
import { wireOf } from './clients/wire.ts';
import type { Cluster } from './cluster.ts';
import type { Violation } from './oracle/violation.ts';
import type { RunReport, SeenRecord } from './run-report.ts';

/** The longest deadline of a run, and what is added to it. */
const everythingEndsMs = 30_000 + stuckAfterMs;
const upstreamEndsMs = 10_000;
const lookEveryMs = 200;

/** Waits until no run is live and no upstream request is open; what stays longer than it may is stuck. */
export async function settle(cluster: Cluster, signal: AbortSignal): Promise<Violation[]> {
  const { direct, keys } = cluster.store;
  const live = async () => (await Promise.all(keys.map((one) => direct.zrange(one.live, '0', '-1')))).flat();
  await waitUntil(async () => (await live()).length === 0, everythingEndsMs, signal);
  const stuck = (await live()).map(
    (tag): Violation => ({ counter: 'stuck', amount: 1, tag, detail: 'accepted and never ended' }),
  );
  const isQuiet = async () =>
    (await cluster.upstreamReport()).requests.every(({ state }) => state !== 'open');
  await waitUntil(isQuiet, upstreamEndsMs, signal);
  return stuck;
}

async function waitUntil(
  isTrue: () => Promise<boolean>,
  boundMs: number,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = Date.now() + boundMs;
  while (!signal.aborted && Date.now() < untilMs && !(await isTrue())) await delay(lookEveryMs);
}

const readersAtOnce = 16;

/** Reads every run that is known by its id once more from the beginning, at one API or the other. */
export async function rereadAll(reports: readonly RunReport[], apiUrls: readonly string[]): Promise<void> {
  const left = reports.filter(({ runId }) => runId !== undefined);
  const read = async () => {
    for (let report = left.pop(); report !== undefined; report = left.pop()) {
      report.reread = await reread(report, apiUrls[left.length % apiUrls.length] ?? '');
    }
  };
  await Promise.all(Array.from({ length: readersAtOnce }, read));
}

async function reread({ plan, runId = '' }: RunReport, apiUrl: string): Promise<readonly SeenRecord[]> {
  const records: SeenRecord[] = [];
  const { follow, toNumber } = wireOf(plan);
  const { path, headers } = follow(runId, 0);
  await readStream({
    url: `${apiUrl}${path}`,
    init: { headers, signal: AbortSignal.timeout(10_000) },
    toNumber,
    onRunId: () => undefined,
    onRecord: (record) => void records.push(record),
  });
  return records;
}
