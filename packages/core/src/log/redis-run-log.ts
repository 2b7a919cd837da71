import type { Redis } from 'ioredis';
import type { RunId } from '../ids.ts';
import { commandTimeoutMs } from '../redis/connect.ts';
import type { Keys } from '../redis/keys.ts';
import { encodeEvents } from '../runs/frame-payload.ts';
import { mayRetry } from '../runs/run-end.ts';
import { defineScripts, type RunLogSources, readSources } from './lua-sources.ts';
import type { AppendFrame, EndOutcome, RunLog, RunReader } from './run-log.ts';
import { createScriptAccept, type ScriptAccept } from './script-accept.ts';
import type { ScriptClaim } from './script-claim.ts';
import {
  appendOutcomesSchema,
  confirmedSchema,
  endOutcomeSchema,
  heardSchema,
  toClaimOutcome,
  toHeads,
  toReadOutcome,
} from './script-replies.ts';

export interface RedisRunLogParts {
  readonly redis: Redis;
  readonly keys: Keys;
  /** How long an ended run stays readable. */
  readonly retentionMs: number;
  /** @defaultValue the files in `lua/` */
  readonly sources?: RunLogSources;
}

export interface RedisRunLog extends RunLog, RunReader {
  /** `accept`, for the script of the queue. */
  readonly scriptAccept: ScriptAccept;
  /** `claim`, for the script of the queue. */
  scriptClaim(controlChannel: string): ScriptClaim;
}

/** Bounds the time of one script over many runs. */
const runsPerLook = 256;

/** Written when a run is claimed after its deadline. */
const latePayload = encodeEvents([{ type: 'run-end', end: { reason: 'cancelled', by: 'deadline' } }]);

/** The run log on Redis: each method is one script. */
export function createRedisRunLog({
  redis,
  keys,
  retentionMs,
  sources = readSources(),
}: RedisRunLogParts): RedisRunLog {
  const scriptAccept = createScriptAccept({
    lua: sources.accept,
    keys,
    patienceMs: commandTimeoutMs,
    now: performance.now.bind(performance),
  });
  const scripts = defineScripts(redis, sources);
  return {
    accept: (run) => scriptAccept.call(run, (args) => scripts.accept(scriptAccept.keys(run), args)),
    scriptAccept,
    claim: async (runId, controlChannel) => {
      const runKeys = [keys.run(runId), keys.log(runId), keys.live, keys.waiting];
      return toClaimOutcome(await scripts.claim(runKeys, [runId, controlChannel, retentionMs, latePayload]));
    },
    scriptClaim: (controlChannel) => ({
      lua: sources.claim,
      keys: [keys.live, keys.waiting],
      controlChannel,
      args: [keys.runs, keys.logs, controlChannel, retentionMs, latePayload],
      toOutcome: toClaimOutcome,
    }),
    append: async (frames) => {
      const frameKeys = frames.flatMap((frame) => [keys.run(frame.runId), keys.log(frame.runId)]);
      const outcomes = await scripts.append(
        [keys.live, ...frameKeys],
        [retentionMs, ...frames.flatMap(frameArgs)],
      );
      return appendOutcomesSchema.parse(outcomes);
    },
    confirm: async (runId) => void (await scripts.confirm([keys.run(runId)], [])),
    isConfirmed: async (runId) => confirmedSchema.parse(await scripts.confirmed([keys.run(runId)], [runId])),
    end: async (runId, end, options): Promise<EndOutcome> => {
      const runKeys = [keys.run(runId), keys.log(runId), keys.live, keys.waiting];
      const payload = encodeEvents([{ type: 'run-end', end }]);
      const spare = options?.onlyUnfollowed ? '1' : '';
      return endOutcomeSchema.parse(
        await scripts.end(runKeys, [
          runId,
          end.reason,
          payload,
          retentionMs,
          spare,
          mayRetry(end) ? '1' : '',
        ]),
      );
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
}

function frameArgs({
  runId,
  epoch,
  seq,
  visible,
  startsTools,
  end,
  payload,
}: AppendFrame): (string | number)[] {
  return [
    runId,
    epoch,
    seq,
    visible ? '1' : '',
    startsTools ? '1' : '',
    end?.reason ?? '',
    end?.tokens ?? 0,
    end?.mayRetry ? '1' : '',
    payload,
  ];
}

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
