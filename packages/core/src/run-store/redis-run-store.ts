import type { Redis } from 'ioredis';
import type { RunId } from '../ids.ts';
import { commandTimeoutMs } from '../redis/connect.ts';
import type { Keys } from '../redis/keys.ts';
import { encodeEvents } from '../runs/frame-payload.ts';
import { mayRetry } from '../runs/run-end.ts';
import { createAcceptRun } from './accept/accept-run.ts';
import type { Backlog } from './backlog/backlog.ts';
import { createRedisBacklog } from './backlog/redis-backlog.ts';
import { defaultLeaseTimes, type LeaseTimes } from './lease/lease-times.ts';
import type { Leases } from './lease/leases.ts';
import { createRedisLeases } from './lease/redis-leases.ts';
import type { AppendFrame, RunLog, RunReader } from './run-log.ts';
import { heardSchema, toAppendReply, toEndReply, toHeads, toReadOutcome } from './script-replies.ts';
import { defineScripts, type RunStoreSources, readSources } from './scripts.ts';

export interface RedisRunStoreParts {
  readonly redis: Redis;
  readonly keys: Keys;
  /** How long an ended run stays readable. */
  readonly retentionMs: number;
  /** @defaultValue the files beside this one */
  readonly sources?: RunStoreSources;
  /** @defaultValue defaultLeaseTimes */
  readonly times?: LeaseTimes;
  /** Told when a run ends here while others wait for its slot. */
  readonly onSlotFree?: () => void;
}

/** Everything that is known of runs, by the stages of their life. */
export interface RunStore {
  readonly log: RunLog & RunReader;
  readonly leases: Leases;
  readonly backlog: Backlog;
}

/** Bounds the time of one script over many runs. */
const runsPerLook = 256;

/** The run store on Redis: each method is one script. */
export function createRedisRunStore(parts: RedisRunStoreParts): RunStore {
  const {
    redis,
    keys,
    retentionMs,
    sources = readSources(redis.isCluster),
    onSlotFree = () => undefined,
  } = parts;
  const { times = defaultLeaseTimes } = parts;
  const { offerMs } = times;
  const scripts = defineScripts(redis, sources);
  const shared = [keys.live, keys.leases, keys.backlog];
  const log: RunLog & RunReader = {
    accept: createAcceptRun({
      script: scripts.accept,
      keys,
      offerMs,
      patienceMs: commandTimeoutMs,
      now: performance.now.bind(performance),
    }),
    append: async (frames) => {
      const frameKeys = frames.flatMap((frame) => [keys.run(frame.runId), keys.log(frame.runId)]);
      const args = [retentionMs, ...frames.flatMap(frameArgs)];
      const { outcomes, waiting } = toAppendReply(await scripts.append([...shared, ...frameKeys], args));
      if (waiting > 0) onSlotFree();
      return outcomes;
    },
    end: async (runId, end, options) => {
      const payload = encodeEvents([{ type: 'run-end', end }]);
      const spare = options?.spare ?? '';
      const args = [runId, end.reason, payload, retentionMs, spare, mayRetry(end) ? '1' : ''];
      const endKeys = [keys.run(runId), keys.log(runId), ...shared, keys.deferred];
      const { outcome, waiting } = toEndReply(await scripts.end(endKeys, args));
      if (waiting > 0) onSlotFree();
      return outcome;
    },
    read: async (runId, options) => {
      const args = [options.afterSeq, options.limit, options.channel ?? '', options.withHeader ? '1' : ''];
      return toReadOutcome(await scripts.read([keys.run(runId), keys.log(runId)], args), options);
    },
    leave: async (runId, channel) => void (await scripts.leave([keys.run(runId)], [channel])),
    heads: (runIds) =>
      lookUpAll(runIds, async (some) => toHeads(await scripts.heads(some.map(keys.run), []))),
    heard: (runIds) =>
      lookUpAll(runIds, async (some) => heardSchema.parse(await scripts.heard(some.map(keys.run), []))),
  };
  return {
    log,
    leases: createRedisLeases({ scripts, keys, retentionMs, times, onSlotFree }),
    backlog: createRedisBacklog({ scripts, keys, redis, offerMs }),
  };
}

function frameArgs(frame: AppendFrame): (string | number)[] {
  const { runId, epoch, seq, visible, startsTools, end, payload } = frame;
  const flags = [visible ? '1' : '', startsTools ? '1' : ''];
  const ending = [end?.reason ?? '', toCharge(end?.tokens ?? 0), end?.mayRetry ? '1' : ''];
  return [runId, epoch, seq, ...flags, ...ending, payload];
}

/** A provider may report anything; what Redis cannot add up would stop a script halfway. */
function toCharge(tokens: number): number {
  return tokens > 0 ? Math.min(Math.round(tokens), mostTokens) : 0;
}

/** Of one run. */
const mostTokens = 1_000_000_000;

/** What `lookUp` says of all runs: several looks, so that the store serves others in between. */
async function lookUpAll<Found>(
  runIds: readonly RunId[],
  lookUp: (runIds: readonly RunId[]) => Promise<readonly Found[]>,
): Promise<Found[]> {
  const found: Found[] = [];
  for (let at = 0; at < runIds.length; at += runsPerLook) {
    found.push(...(await lookUp(runIds.slice(at, at + runsPerLook))));
  }
  return found;
}
