import type { ReportedWorker } from '@calute/core/fleet/worker-reports';
import type { BacklogView } from '@calute/core/run-store/backlog/inspect-backlog';
import { spanMs } from '../runs/run-figures.ts';
import { describeLanes } from './describe-lanes.ts';
import type { View } from './view.ts';
import { stateOf } from './workers.ts';

/** Enough for the oldest wait: what waits longest is of a flow that is due soon. */
const flowsLookedAt = 20;

/** How the installation is, and how it was in the last five minutes. */
export const overview: View =
  ({ sources, mirror }) =>
  async () => {
    const [backlog, workers, providers] = await Promise.all([
      sources.inspectBacklog(flowsLookedAt),
      sources.workers(),
      sources.providers(),
      mirror.refresh(),
    ]);
    return {
      now_ms: backlog.nowMs,
      span_ms: spanMs,
      points: mirror.figures.points(),
      ends: mirror.figures.ends(),
      backlog: describeBacklog(backlog),
      workers: countWorkers(workers),
      providers: describeLanes(providers),
    };
  };

function describeBacklog({ classes, offered, room, deferred, drainMs, nowMs }: BacklogView) {
  const rows = classes.map(({ runClass, waiting, nextFlows }) => {
    const waits = nextFlows.flatMap(({ firstCreatedMs }) => firstCreatedMs ?? []);
    const oldest = waits.length === 0 ? undefined : nowMs - Math.min(...waits);
    return { class: runClass, waiting, oldest_ms: oldest };
  });
  return { classes: rows, offered, room, deferred, drain_ms: drainMs };
}

function countWorkers(workers: readonly ReportedWorker[]) {
  const live = workers.filter((worker) => stateOf(worker) !== 'lost');
  const sum = (pick: (worker: ReportedWorker) => number) =>
    live.reduce((all, worker) => all + pick(worker), 0);
  return {
    live: live.length,
    draining: live.filter(({ draining }) => draining).length,
    lost: workers.length - live.length,
    slots: sum(({ slots }) => slots),
    used: sum(({ used }) => used),
  };
}
