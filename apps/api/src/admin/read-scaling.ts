import type { WorkerDirectory } from '@calute/core/fleet/create-agent-directory';
import type { Backlog } from '@calute/core/run-store/backlog/backlog';
import type { RunQueue } from '@calute/core/queue/run-queue';
import type { ScalingState } from './create-admin-app.ts';

export interface ScalingParts {
  readonly queue: Pick<RunQueue, 'counts'>;
  readonly backlog: Pick<Backlog, 'size'>;
  readonly agents: Pick<WorkerDirectory, 'liveWorkers'>;
  /** Runs that one worker holds at once. */
  readonly workerConcurrency: number;
}

/** What an autoscaler needs to know: enough workers that no run has to wait for a slot, and one to begin with. */
export async function readScaling({ queue, backlog, agents, workerConcurrency }: ScalingParts): Promise<ScalingState> {
  const [{ waiting: queued, active }, behind, liveWorkers] = await Promise.all([
    queue.counts(),
    backlog.size(),
    agents.liveWorkers(),
  ]);
  const waiting = queued + behind;
  const desiredWorkers = Math.max(1, Math.ceil((waiting + active) / workerConcurrency));
  return { backlog: waiting, running: active, liveWorkers, desiredWorkers };
}
