import type { WorkerDirectory } from '@calute/core/fleet/create-agent-directory';
import type { Backlog } from '@calute/core/run-store/backlog/backlog';
import type { ScalingState } from './create-admin-app.ts';

export interface ScalingParts {
  readonly backlog: Pick<Backlog, 'size'>;
  readonly agents: Pick<WorkerDirectory, 'liveWorkers'>;
  /** Runs that one worker holds at once. */
  readonly workerConcurrency: number;
}

/** What an autoscaler needs to know: enough workers that no run has to wait for a slot, and one to begin with. */
export async function readScaling({
  backlog,
  agents,
  workerConcurrency,
}: ScalingParts): Promise<ScalingState> {
  const [{ waiting, offered, room }, liveWorkers] = await Promise.all([backlog.size(), agents.liveWorkers()]);
  const running = Math.min(offered, room);
  const all = waiting + offered;
  const desiredWorkers = Math.max(1, Math.ceil(all / workerConcurrency));
  return { backlog: all - running, running, liveWorkers, desiredWorkers };
}
