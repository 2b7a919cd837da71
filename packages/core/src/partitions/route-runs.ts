import type { RunId } from '../ids.ts';
import type { Partition } from '../queue/connect-partition.ts';
import type { Dispatcher } from '../queue/dispatcher.ts';
import type { RunQueue } from '../queue/run-queue.ts';
import type { Partitioning } from '../redis/partitioning.ts';
import type { Backlog } from '../run-store/backlog/backlog.ts';
import type { RunLog, RunReader } from '../run-store/run-log.ts';
import { askEach, itemAt } from './ask-each.ts';
import { mergeLoads, mergeSizes } from './merge-loads.ts';

/** All partitions as one, for who knows runs by their ids. */
export interface RoutedRuns {
  readonly log: RunLog & RunReader;
  readonly backlog: Pick<Backlog, 'find' | 'load' | 'size'>;
  readonly queue: Omit<RunQueue, 'close'>;
  readonly dispatcher: Dispatcher;
}

/** Sends each call to the partition of its run. What concerns several runs or all is one step in each partition. */
export function routeRuns(partitions: readonly Partition[], partitioning: Partitioning): RoutedRuns {
  const [only, ...others] = partitions;
  if (only && others.length === 0) {
    const { log, backlog, queue, dispatcher } = only;
    return { log, backlog, queue, dispatcher };
  }
  const of = (runId: RunId) => itemAt(partitions, partitioning.ofRun(runId));
  return {
    log: routeLog(partitions, partitioning),
    backlog: {
      find: (items) =>
        askEach({
          items,
          partitionOf: partitioning.ofRun,
          ask: (at, runIds) => itemAt(partitions, at).backlog.find(runIds),
        }),
      load: async () => mergeLoads(await Promise.all(partitions.map(({ backlog }) => backlog.load()))),
      size: async () => mergeSizes(await Promise.all(partitions.map(({ backlog }) => backlog.size()))),
    },
    queue: routeQueue(partitions, of),
    dispatcher: {
      dispatch: (runId, options) => of(runId).dispatcher.dispatch(runId, options),
      fill: async () => void (await Promise.all(partitions.map(({ dispatcher }) => dispatcher.fill()))),
    },
  };
}

function routeLog(partitions: readonly Partition[], { ofRun }: Partitioning): RunLog & RunReader {
  const logAt = (at: number) => itemAt(partitions, at).log;
  const of = (runId: RunId) => logAt(ofRun(runId));
  return {
    accept: (run) => of(run.id).accept(run),
    append: (items) =>
      askEach({
        items,
        partitionOf: ({ runId }) => ofRun(runId),
        ask: (at, frames) => logAt(at).append(frames),
      }),
    end: (runId, end, options) => of(runId).end(runId, end, options),
    read: (runId, options) => of(runId).read(runId, options),
    leave: (runId, channel) => of(runId).leave(runId, channel),
    heads: (items) => askEach({ items, partitionOf: ofRun, ask: (at, some) => logAt(at).heads(some) }),
    hasSubscribers: (items) =>
      askEach({ items, partitionOf: ofRun, ask: (at, some) => logAt(at).hasSubscribers(some) }),
  };
}

function routeQueue(
  partitions: readonly Partition[],
  of: (runId: RunId) => Partition,
): Omit<RunQueue, 'close'> {
  const sum = async (count: (queue: RunQueue) => Promise<number>) => {
    const counts = await Promise.all(partitions.map(({ queue }) => count(queue)));
    return counts.reduce((total, one) => total + one, 0);
  };
  return {
    add: (run, options) => of(run.runId).queue.add(run, options),
    remove: (runId) => of(runId).queue.remove(runId),
    async counts() {
      const counts = await Promise.all(partitions.map(({ queue }) => queue.counts()));
      return counts.reduce((all, one) => ({
        waiting: all.waiting + one.waiting,
        active: all.active + one.active,
      }));
    },
    failed: () => sum((queue) => queue.failed()),
    takeable: () => sum((queue) => queue.takeable()),
    isLimited: async () =>
      (await Promise.all(partitions.map(({ queue }) => queue.isLimited()))).includes(true),
  };
}
