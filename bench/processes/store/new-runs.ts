import { createRandomPool, createRunId, tenantIdSchema } from '@calute/core/ids';
import type { NewRun } from '@calute/core/run-store/run-log';
import { promptFor } from '../prompt.ts';
import { storeInstance } from '../protocol.ts';
import { maxLiveRuns, type Store } from './open-store.ts';

const tenant = tenantIdSchema.parse('env');
const content = promptFor(1, 100);
const deadlineMs = 24 * 3600 * 1000;

/** Runs that ask for one token in a prompt of 100 bytes, to be accepted; no worker knows their agent. */
export function newRuns({ keys }: Store, count: number): readonly NewRun[] {
  const takeRandom = createRandomPool();
  const chat = { model: 'none', stream: true, messages: [{ role: 'user' as const, content }] };
  return Array.from({ length: count }, () => ({
    id: createRunId(Date.now(), takeRandom),
    tenant,
    request: { version: 1, chat, showEvents: false },
    deadlineMs,
    channel: keys.replyChannel(storeInstance),
    limits: { maxLive: maxLiveRuns },
    place: { runClass: 'live', flow: `tenant:${tenant}`, weight: 1, cost: 26 },
    provisional: true,
  }));
}

/** Throws when the store refuses. */
export async function acceptRun({ log }: Store, run: NewRun): Promise<void> {
  const { outcome } = await log.accept(run);
  if (outcome !== 'accepted') throw new Error(`A run is not accepted: ${outcome}`);
}
