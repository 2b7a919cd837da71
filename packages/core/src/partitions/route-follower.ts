import type { RunId } from '../ids.ts';
import type { Partition } from '../queue/connect-partition.ts';
import type { Channels } from '../redis/channel.ts';
import type { Partitioning } from '../redis/partitioning.ts';
import type { createFollower, Follower, FollowerParts } from '../run-store/read/follower.ts';
import { itemAt } from './ask-each.ts';

export interface RouteFollowerParts extends Omit<FollowerParts, 'log' | 'channel'> {
  readonly partitions: readonly Partition[];
  readonly partitioning: Partitioning;
  readonly channels: Channels;
  /** Of this process. */
  readonly instanceId: string;
  readonly create: typeof createFollower;
}

/**
 * Reads runs of all partitions: each has a follower and a reply channel of its own, so that one that is away holds up only the readers
 * of its own runs.
 */
export function routeFollower(parts: RouteFollowerParts): Follower {
  const { partitions, partitioning, channels, instanceId, create, ...bounds } = parts;
  const followers = partitions.map(({ log, keys }) =>
    create({ ...bounds, log, channel: channels.create(keys.replyChannel(instanceId)) }),
  );
  const [only, ...others] = followers;
  if (only && others.length === 0) return only;
  const of = (runId: RunId) => itemAt(followers, partitioning.ofRun(runId));
  const all = async (task: (follower: Follower) => Promise<void>) => {
    await Promise.all(followers.map(task));
  };
  return {
    channelOf: (runId) => of(runId).channelOf(runId),
    follow: (runId, options) => of(runId).follow(runId, options),
    tick: () => all((follower) => follower.tick()),
    start: () => all((follower) => follower.start()),
    close: () => all((follower) => follower.close()),
  };
}
