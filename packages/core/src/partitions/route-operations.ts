import type { RunId } from '../ids.ts';
import { createBullMqDeadLetters } from '../queue/bullmq-dead-letters.ts';
import type { DeadLetters } from '../queue/dead-letters.ts';
import {
  type BacklogView,
  createInspectBacklog,
  type InspectBacklog,
  type WaitingClass,
} from '../run-store/backlog/inspect-backlog.ts';
import { createReadRunStates, type ReadRunStates } from '../run-store/journal/run-state.ts';
import { askEach, itemAt } from './ask-each.ts';
import type { RoutePartitionsParts } from './route-conversations.ts';

/** What waits in all partitions. */
export function routeInspectBacklog({ redis, partitions }: RoutePartitionsParts): InspectBacklog {
  const inspect = partitions.map(({ keys }) => createInspectBacklog(redis, keys));
  return async (mostFlows) =>
    mergeViews(await Promise.all(inspect.map((look) => look(mostFlows))), mostFlows);
}

export function routeRunStates({ redis, partitions, partitioning }: RoutePartitionsParts): ReadRunStates {
  const readers = partitions.map(({ keys }) => createReadRunStates(redis, keys));
  return (items) =>
    askEach({ items, partitionOf: partitioning.ofRun, ask: (at, runIds) => itemAt(readers, at)(runIds) });
}

/** The dead letters of all partitions. */
export function routeDeadLetters({ redis, partitions, partitioning }: RoutePartitionsParts): DeadLetters {
  const letters = partitions.map(({ keys }) => createBullMqDeadLetters(redis, keys.queuePrefix));
  const of = (runId: RunId) => itemAt(letters, partitioning.ofRun(runId));
  return {
    async list(limit) {
      const found = await Promise.all(letters.map((one) => one.list(limit)));
      return found
        .flat()
        .sort((one, other) => other.failedAtMs - one.failedAtMs)
        .slice(0, limit);
    },
    find: (runId) => of(runId).find(runId),
    remove: (runId) => of(runId).remove(runId),
    close: async () => void (await Promise.all(letters.map((one) => one.close()))),
  };
}

function mergeViews(views: readonly BacklogView[], mostFlows: number): BacklogView {
  const first = itemAt(views, 0);
  if (views.length === 1) return first;
  const sum = (value: (view: BacklogView) => number) => views.reduce((total, view) => total + value(view), 0);
  const drains = views.map(({ drainMs }) => drainMs);
  return {
    classes: first.classes.map((_, at) =>
      mergeClasses(
        views.map(({ classes }) => itemAt(classes, at)),
        mostFlows,
      ),
    ),
    deferred: sum(({ deferred }) => deferred),
    offered: sum(({ offered }) => offered),
    room: Math.max(...views.map(({ room }) => room)),
    drainMs: drains.includes(undefined) ? undefined : Math.max(...drains.map((drain) => drain ?? 0)),
    nowMs: Math.max(...views.map(({ nowMs }) => nowMs)),
  };
}

/** Flows of several partitions have no common order: those that have waited longest come first. */
function mergeClasses(classes: readonly WaitingClass[], mostFlows: number): WaitingClass {
  const flows = classes.flatMap(({ nextFlows }) => nextFlows);
  return {
    runClass: itemAt(classes, 0).runClass,
    waiting: classes.reduce((total, { waiting }) => total + waiting, 0),
    flows: classes.reduce((total, one) => total + one.flows, 0),
    nextFlows: flows
      .toSorted((one, other) => (one.firstCreatedMs ?? 0) - (other.firstCreatedMs ?? 0))
      .slice(0, mostFlows),
  };
}
