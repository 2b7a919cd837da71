import { runIdSchema } from '@calute/core/ids';
import type { View } from './view.ts';

const flowsShown = 50;

/** What waits: by class, and within one by flow, in the order in which they are due. */
export const backlog: View =
  ({ sources }) =>
  async () => {
    const { classes, deferred, offered, room, drainMs, nowMs } = await sources.inspectBacklog(flowsShown);
    const firsts = classes.flatMap(({ nextFlows }) => nextFlows.flatMap(({ firstRun }) => firstRun ?? []));
    const ids = firsts.map((id) => runIdSchema.parse(id));
    const places = await sources.backlog.find(ids);
    const placeOf = new Map(ids.map((id, index) => [String(id), places[index]]));
    return {
      deferred,
      offered,
      room,
      drain_ms: drainMs,
      classes: classes.map(({ runClass, waiting, flows, nextFlows }) => ({
        class: runClass,
        waiting,
        flows,
        next: nextFlows.map(({ flow, runs, firstRun = '', firstCreatedMs }) => ({
          flow,
          runs,
          first_run: firstRun || undefined,
          position: placeOf.get(firstRun)?.position,
          starts_in_ms: placeOf.get(firstRun)?.waitMs,
          waiting_ms: firstCreatedMs === undefined ? undefined : nowMs - firstCreatedMs,
        })),
      })),
    };
  };
