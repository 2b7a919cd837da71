import type { ReportedWorker } from '@calute/core/fleet/worker-reports';
import type { View } from './view.ts';

/** Four reports that did not come: its runs are given to others by then. */
const lostAfterMs = 10_000;

/** The workers, with those that were lost in the last two minutes. */
export const workers: View =
  ({ sources }) =>
  async () => ({ workers: (await sources.workers()).map(toRow) });

export function stateOf({ ageMs, draining }: ReportedWorker): 'live' | 'draining' | 'lost' {
  if (ageMs > lostAfterMs) return 'lost';
  return draining ? 'draining' : 'live';
}

function toRow(worker: ReportedWorker) {
  const { workerId, slots, used, agents, startedAtMs, host, pid, loop, blockedMs, memoryBytes } = worker;
  return {
    id: workerId,
    state: stateOf(worker),
    slots,
    used,
    agents,
    started_at_ms: startedAtMs,
    host,
    pid,
    loop,
    blocked_ms: blockedMs,
    memory_bytes: memoryBytes,
  };
}
