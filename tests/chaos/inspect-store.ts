import { errorCodes } from '@calute/core/errors';
import type { RunId } from '@calute/core/ids';
import { itemAt } from '@calute/core/partitions/ask-each';
import { nodesOf } from '@calute/core/redis/connect';
import { decodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEnd } from '@calute/core/runs/run-end';
import { type RunEvent, startsTools } from '@calute/core/runs/run-event';
import { type RunRequest, runRequestSchema } from '@calute/core/runs/run-request';
import { z } from 'zod';
import type { ChaosStore } from './open-store.ts';
import type { StoredRun } from './run-report.ts';
import { upstreamOrderSchema } from './upstream-record.ts';

type Store = Pick<ChaosStore, 'direct' | 'keys' | 'partitioning'>;

/** What Redis itself holds of every run, by the tag of the request. */
export async function inspectStore(store: Store): Promise<Map<string, StoredRun[]>> {
  const found = new Map<string, StoredRun[]>();
  for (const runId of await listRuns(store)) {
    const [tag, run] = await inspectRun(store, runId);
    found.set(tag, [...(found.get(tag) ?? []), run]);
  }
  for (const runs of found.values()) runs.sort((one, other) => one.createdMs - other.createdMs);
  return found;
}

async function listRuns({ direct, keys }: Store): Promise<RunId[]> {
  const starts = keys.map(({ runs }) => runs);
  const ids: RunId[] = [];
  for (const node of nodesOf(direct)) {
    for await (const page of node.scanStream({ match: '*:run:*', count: 1000 })) {
      for (const key of z.array(z.string()).parse(page)) {
        const start = starts.find((one) => key.startsWith(one));
        if (start) ids.push(key.slice(start.length) as RunId); // because only runs have such keys
      }
    }
  }
  return ids;
}

async function inspectRun(
  { direct, keys: all, partitioning }: Store,
  runId: RunId,
): Promise<readonly [string, StoredRun]> {
  const keys = itemAt(all, partitioning.ofRun(runId));
  const [[request, created], entries] = await Promise.all([
    direct.hmget(keys.run(runId), 'request', 'created'),
    direct.xrange(keys.log(runId), '-', '+'),
  ]);
  const run = tagOf(runRequestSchema.parse(JSON.parse(String(request))));
  const events = entries.flatMap(([, fields]) => decodeEvents(String(fields[1])));
  const end = events.find((event) => event.type === 'run-end')?.end;
  const firstEnd = events.findIndex(({ type }) => type === 'run-end');
  return [
    run,
    {
      runId,
      createdMs: Number(created),
      mayRetry: freesKey(end, events),
      text: events.map((event) => (event.type === 'text-delta' ? event.text : '')).join(''),
      ends: events.filter(({ type }) => type === 'run-end').length,
      afterEnd: firstEnd < 0 ? 0 : events.length - 1 - firstEnd,
    },
  ];
}

/** The messages of a kept Response go when it ends; its own input stays. */
function tagOf({ chat, response }: RunRequest): string {
  const { content } = messageSchema.parse(chat.messages[0] ?? response?.input[0]);
  return upstreamOrderSchema.parse(JSON.parse(content)).run;
}

const messageSchema = z.object({ content: z.string() });

/** As docs/http-api.md has it: the run failed for a reason that may pass, or its client left, and no tool can have started. */
function freesKey(end: RunEnd | undefined, events: readonly RunEvent[]): boolean {
  if (end === undefined || events.some(startsTools)) return false;
  if (end.reason === 'failed') return errorCodes[end.code].retryable;
  return end.reason === 'cancelled' && end.by === 'disconnect';
}
