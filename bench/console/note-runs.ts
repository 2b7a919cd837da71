import { createRunId, tenantIdSchema } from '@calute/core/ids';
import { closeRedis } from '@calute/core/redis/connect';
import { createKeys } from '@calute/core/redis/keys';
import { openRedis } from '@calute/core/redis/open-redis';
import { createRunJournal } from '@calute/core/run-store/journal/redis-run-journal';

const everyMs = 50;

/** Notes the beginnings and ends of `perSecond` runs in the journal, as APIs and workers would, until it is disposed. */
export async function noteRuns(redisUrl: string, perSecond: number): Promise<AsyncDisposable> {
  const faults: unknown[] = [];
  const onError = (error: unknown) => void faults.push(error);
  const redis = await openRedis(redisUrl, 'command', onError);
  const journal = createRunJournal({ redis, keys: createKeys('calute'), now: Date.now, onError });
  let noted = 0;
  const fromMs = performance.now();
  const timer = setInterval(() => {
    // By the clock and not by the timer, which comes late.
    const due = Math.floor(((performance.now() - fromMs) / 1000) * perSecond);
    for (; noted < due; noted += 1) {
      const id = createRunId(Date.now());
      const origin = originOf(noted);
      journal.note({ kind: 'accepted', id, origin });
      journal.note({ kind: 'ended', id, ...endOf(noted), origin, work });
    }
  }, everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await journal.close();
      await closeRedis(redis, 1000);
      if (faults.length > 0) throw faults[0];
    },
  };
}

function originOf(index: number) {
  const tenant = tenantIdSchema.parse(`tenant-${index % 7}`);
  return { tenant, agent: `agent-${index % 5}`, runClass: 'live' as const, createdMs: Date.now() };
}

function endOf(index: number) {
  return index % 20 === 0
    ? ({ reason: 'failed', detail: 'upstream_error' } as const)
    : ({ reason: 'completed' } as const);
}

const work = {
  worker: 'worker',
  attempt: 1,
  waitedMs: 2,
  firstMs: 40,
  totalMs: 400,
  promptTokens: 20,
  completionTokens: 60,
};
