import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { RunId } from '../ids.ts';
import type { Keys } from '../redis/keys.ts';
import { defineScript, type RunScript } from '../redis/load-script.ts';
import { toStoreError } from '../redis/store-error.ts';
import { encodeEvents } from '../runs/frame-payload.ts';
import { mayRetry } from '../runs/run-end.ts';
import type { AppendFrame, EndOutcome, NewRun, RunHead, RunLog, RunReader } from './run-log.ts';
import type { ScriptClaim } from './script-claim.ts';
import {
  appendOutcomesSchema,
  endOutcomeSchema,
  heardSchema,
  toAcceptOutcome,
  toClaimOutcome,
  toReadOutcome,
} from './script-replies.ts';

export type RunLogScript = 'accept' | 'claim' | 'append' | 'end' | 'read' | 'leave' | 'heard';
/** The Lua of each script; that of `claim` only defines a function, because the queue's script calls it as well. */
export type RunLogSources = Record<RunLogScript, string>;

export interface RedisRunLogParts {
  readonly redis: Redis;
  readonly keys: Keys;
  /** How long an ended run stays readable. */
  readonly retentionMs: number;
  /** @defaultValue the files in `lua/` */
  readonly sources?: Readonly<RunLogSources>;
}

export interface RedisRunLog extends RunLog, RunReader {
  /** `claim`, for the script of the queue. */
  scriptClaim(controlChannel: string): ScriptClaim;
}

const claimCall = `
local outcome = claim(ARGV[1], KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[2], ARGV[3], ARGV[4])
publish_announced()
return outcome`;

/** Written when a run is claimed after its deadline. */
const latePayload = encodeEvents([{ type: 'run-end', end: { reason: 'cancelled', by: 'deadline' } }]);

/** The run log on Redis: each method is one script. */
export function createRedisRunLog({
  redis,
  keys,
  retentionMs,
  sources = readSources(),
}: RedisRunLogParts): RedisRunLog {
  const script = (name: RunLogScript): RunScript => defineScript(redis, { name, lua: sources[name] });
  const scripts = {
    accept: script('accept'),
    claim: defineScript(redis, { name: 'claim', lua: sources.claim + claimCall }),
    append: script('append'),
    end: script('end'),
    read: script('read'),
    leave: script('leave'),
    heard: script('heard'),
  };
  return {
    accept: async (run) => toAcceptOutcome(await scripts.accept(acceptKeys(keys, run), acceptArgs(run)), run),
    claim: async (runId, controlChannel) => {
      const runKeys = [keys.run(runId), keys.log(runId), keys.live, keys.waiting];
      return toClaimOutcome(await scripts.claim(runKeys, [runId, controlChannel, retentionMs, latePayload]));
    },
    scriptClaim: (controlChannel) => ({
      lua: sources.claim,
      keys: [keys.live, keys.waiting],
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
    heads: (runIds) => readHeads(redis, keys, runIds),
    heard: async (runIds) => heardSchema.parse(await scripts.heard(runIds.map(keys.run), [])),
  };
}

/** The Lua of each script, with the prelude that they share. */
export function readSources(): RunLogSources {
  const lua = (name: string) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
  const prelude = lua('run');
  const source = (name: RunLogScript) => `${prelude}\n${lua(name)}`;
  return {
    accept: source('accept'),
    claim: `${prelude}\n${lua('claim')}`,
    append: source('append'),
    end: source('end'),
    read: source('read'),
    leave: source('leave'),
    heard: source('heard'),
  };
}

function acceptKeys(keys: Keys, { id, tenant, idempotency }: NewRun): string[] {
  const key = idempotency === undefined ? keys.run(id) : keys.idempotency(tenant, sha256(idempotency.key));
  return [keys.run(id), keys.live, keys.waiting, keys.tenantLive(tenant), keys.tenantWindow(tenant), key];
}

function acceptArgs({ id, tenant, request, deadlineMs, channel, idempotency, limits }: NewRun) {
  const { maxLive, concurrency = 0, requestsPerMinute = 0, tokensPerMinute = 0 } = limits;
  const bodyHash = idempotency?.bodyHash ?? '';
  const figures = [maxLive, concurrency, requestsPerMinute, tokensPerMinute];
  return [id, tenant, JSON.stringify(request), deadlineMs, channel, bodyHash, ...figures];
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

async function readHeads(
  redis: Redis,
  keys: Keys,
  runIds: readonly RunId[],
): Promise<(RunHead | undefined)[]> {
  if (runIds.length === 0) return [];
  const pipeline = redis.pipeline();
  for (const runId of runIds) pipeline.hmget(keys.run(runId), 'seq', 'end');
  const replies = await pipeline.exec().catch((error: unknown) => {
    throw toStoreError(error);
  });
  return (replies ?? []).map(([error, reply]) => {
    if (error) throw toStoreError(error);
    const [seq, end] = z.tuple([z.string().nullable(), z.string().nullable()]).parse(reply);
    return seq === null ? undefined : { seq: Number(seq), ended: end !== null };
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
