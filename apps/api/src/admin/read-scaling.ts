import type { WorkerDirectory } from '@calute/core/fleet/create-agent-directory';
import type { RunQueue } from '@calute/core/queue/run-queue';
import type { ScalingState } from './create-admin-app.ts';

export interface ScalingParts {
  readonly queue: Pick<RunQueue, 'counts'>;
  readonly agents: Pick<WorkerDirectory, 'liveWorkers'>;
  /** Runs that one worker holds at once. */
  readonly workerConcurrency: number;
}

/** What an autoscaler needs to know: enough workers that no run has to wait for a slot, and one to begin with. */
export async function readScaling({ queue, agents, workerConcurrency }: ScalingParts): Promise<ScalingState> {
  const [{ waiting, active }, liveWorkers] = await Promise.all([queue.counts(), agents.liveWorkers()]);
  const desiredWorkers = Math.max(1, Math.ceil((waiting + active) / workerConcurrency));
  return { backlog: waiting, running: active, liveWorkers, desiredWorkers };
}
