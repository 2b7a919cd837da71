import { z } from 'zod';
import { type RunId, tenantIdSchema } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { runRequestSchema } from '../../runs/run-request.ts';
import type { ReadOptions, ReadOutcome, RunHead, RunHeader, RunReader } from '../run-log.ts';
import type { defineScripts } from '../scripts.ts';

export interface RedisRunReaderParts {
  readonly scripts: Pick<ReturnType<typeof defineScripts>, 'read' | 'leave' | 'heads' | 'hasSubscribers'>;
  readonly keys: Keys;
}

/** Bounds the time of one script over many runs. */
const runsPerLook = 256;

export function createRedisRunReader({ scripts, keys }: RedisRunReaderParts): RunReader {
  return {
    async read(runId, options) {
      const args = [options.afterSeq, options.limit, options.channel ?? '', options.withHeader ? '1' : ''];
      return toReadOutcome(await scripts.read([keys.run(runId), keys.log(runId)], args), options);
    },
    leave: async (runId, channel) => void (await scripts.leave([keys.run(runId)], [channel])),
    heads: (runIds) =>
      lookUpAll(runIds, async (some) => toHeads(await scripts.heads(some.map(keys.run), []))),
    hasSubscribers: (runIds) =>
      lookUpAll(runIds, async (some) =>
        flagsSchema.parse(await scripts.hasSubscribers(some.map(keys.run), [])),
      ),
  };
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

const headsSchema = z.array(z.number());

/** Two numbers for each run: the last sequence, negative for a run that is not known, and whether it has ended. */
function toHeads(reply: unknown): (RunHead | undefined)[] {
  const numbers = headsSchema.parse(reply);
  const heads: (RunHead | undefined)[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    const seq = numbers[at] ?? -1;
    heads.push(seq < 0 ? undefined : { seq, ended: numbers[at + 1] === 1 });
  }
  return heads;
}

const flagsSchema = z.array(z.literal([0, 1]).transform((flag) => flag === 1));

const readReplySchema = z.union([
  z.tuple([z.literal('unknown')]),
  z.tuple([z.literal('found'), z.number(), z.number(), z.array(z.string()), z.array(z.string())]),
]);

function toReadOutcome(reply: unknown, { afterSeq }: ReadOptions): ReadOutcome {
  const read = readReplySchema.parse(reply);
  if (read[0] === 'unknown') return { outcome: 'unknown' };
  const [outcome, seq, ended, payloads, header] = read;
  const frames = payloads.map((payload, index) => ({ seq: afterSeq + index + 1, payload }));
  const found = { outcome, frames, more: afterSeq + frames.length < seq, ended: ended === 1 };
  return header.length === 0 ? found : { ...found, header: toRunHeader(header) };
}

function toRunHeader(fields: string[]): RunHeader {
  const [tenant, created, request] = z.tuple([tenantIdSchema, z.coerce.number(), z.string()]).parse(fields);
  return { tenant, createdMs: created, request: runRequestSchema.parse(JSON.parse(request)) };
}
