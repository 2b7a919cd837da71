import type { BacklogLoad, BacklogSize, ClassLoad } from '../run-store/backlog/backlog.ts';
import { itemAt } from './ask-each.ts';

/**
 * The load of all partitions as that of one. Workers serve all of them, so their room is not the sum of what they say to each, but
 * what they say that they have in all.
 */
export function mergeLoads(loads: readonly BacklogLoad[]): BacklogLoad {
  const first = itemAt(loads, 0);
  const sum = (value: (load: BacklogLoad) => number) => loads.reduce((total, load) => total + value(load), 0);
  const most = (value: (load: BacklogLoad) => number) => Math.max(...loads.map(value));
  return {
    nowMs: most(({ nowMs }) => nowMs),
    classes: first.classes.map((_, at) => mergeClasses(loads.map(({ classes }) => itemAt(classes, at)))),
    offered: sum(({ offered }) => offered),
    oldestOfferedMs: most(({ oldestOfferedMs }) => oldestOfferedMs),
    deferred: sum(({ deferred }) => deferred),
    room: most(({ room }) => room),
    workers: most(({ workers }) => workers),
  };
}

export function mergeSizes(sizes: readonly BacklogSize[]): BacklogSize {
  return sizes.reduce((all, one) => ({
    waiting: all.waiting + one.waiting,
    offered: all.offered + one.offered,
    room: Math.max(all.room, one.room),
  }));
}

function mergeClasses(classes: readonly ClassLoad[]): ClassLoad {
  const sum = (value: (one: ClassLoad) => number) => classes.reduce((total, one) => total + value(one), 0);
  const servedPerSecond = sum((one) => one.servedPerSecond);
  const busy = sum((one) => one.servedPerSecond * (one.serviceMs ?? 0));
  return {
    runClass: itemAt(classes, 0).runClass,
    waiting: sum((one) => one.waiting),
    offered: sum((one) => one.offered),
    oldestMs: Math.max(...classes.map((one) => one.oldestMs)),
    arrivalsPerSecond: sum((one) => one.arrivalsPerSecond),
    servedPerSecond,
    serviceMs: servedPerSecond === 0 ? undefined : busy / servedPerSecond,
  };
}
