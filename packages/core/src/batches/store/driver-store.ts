import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { readPutBlob } from '../../files/catalogue/growing-files.ts';
import { ownedMember } from '../../files/file-record.ts';
import type { StagedContent } from '../../files/staging.ts';
import { type BatchId, batchIdSchema, type RunId } from '../../ids.ts';
import type { Keys } from '../../redis/keys.ts';
import { defineScript, type RunScript } from '../../redis/load-script.ts';
import { orStoreError } from '../../redis/store-error.ts';
import {
  type Batch,
  type BatchEnd,
  type BatchFault,
  type BatchRecord,
  type BatchStatus,
  type BatchUsage,
  batchRetentionMs,
  batchStatusSchema,
} from '../batch.ts';
import { type BatchStoreParts, luaFile } from './batch-store.ts';
import { decodeOpenLine, encodeOpenLine, type OpenLine } from './open-line.ts';
import { parseBatch } from './parse-batch.ts';

/** A batch in the hands of this process; the epoch fences those that had it before. */
export interface HeldBatch {
  readonly id: BatchId;
  readonly epoch: number;
}

/** Lines whose results are to be written, and what is counted for them. */
export interface Results {
  readonly lines: readonly number[];
  readonly output: ResultPart | undefined;
  readonly errors: ResultPart | undefined;
  readonly usage: BatchUsage;
}

export interface ResultPart {
  readonly content: StagedContent;
  readonly lines: number;
}

export interface Move {
  readonly from: BatchStatus;
  readonly to: BatchStatus;
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface Taken {
  readonly from: { readonly offset: number };
  readonly to: { readonly offset: number; readonly number: number };
  readonly lines: readonly OpenLine[];
}

/** `fenced`: another process drives the batch. `absent`: a file has to be begun. `given-up`: its content has to be staged again. */
export type RecordOutcome = 'recorded' | 'fenced' | 'absent' | 'deleted' | 'given-up';

/**
 * Batches as the process sees them that drives them. Each method is one atomic step, may be sent twice, and changes nothing under
 * an epoch that is not the last one. Errors: CaluteError `store_unavailable`.
 */
export interface DriverStore {
  /** Takes batches that nobody drives. */
  claim(most: number, leaseMs: number): Promise<readonly HeldBatch[]>;
  /** The status of each, undefined for one that is lost; and how many batches are active. */
  renew(
    held: readonly HeldBatch[],
    leaseMs: number,
  ): Promise<{ readonly statuses: readonly (BatchStatus | undefined)[]; readonly active: number }>;
  read(id: BatchId): Promise<Batch | undefined>;
  readOpenLines(id: BatchId): Promise<readonly OpenLine[]>;
  /** Gives the status afterwards: another one than `to` when it was not `from`. */
  move(held: HeldBatch, move: Move): Promise<BatchStatus | 'fenced'>;
  take(held: HeldBatch, taken: Taken): Promise<'taken' | 'fenced'>;
  retry(held: HeldBatch, line: OpenLine): Promise<'noted' | 'fenced'>;
  record(held: HeldBatch, record: BatchRecord, results: Results): Promise<RecordOutcome>;
  finish(held: HeldBatch, record: BatchRecord, finish: Finish): Promise<'finished' | 'fenced'>;
  /**
   * Counts that the batch could not be driven, since it was last brought on; gives the count. It is nobody's, and left alone, for as long as
   * the pause with this number says; without one it stays the process's own.
   */
  noteFailure(held: HeldBatch, pausesMs: readonly number[]): Promise<number | 'fenced'>;
  /** Lets runs of one tenant go whose results are written, before their retention is over. */
  forgetRuns(runIds: readonly RunId[], keptMs: number): Promise<void>;
}

export interface Finish {
  readonly end: BatchEnd;
  readonly nowS: number;
  readonly faults: readonly BatchFault[];
}

const statusOrFenced = z.union([batchStatusSchema, z.literal('fenced')]);
const recordReply = z.enum(['recorded', 'fenced', 'absent', 'deleted', 'given-up']);
const takeReply = z.enum(['taken', 'fenced']);
const retryReply = z.enum(['noted', 'fenced']);
const failReply = z.union([z.number().int(), z.literal('fenced')]);
const finishReply = z.enum(['finished', 'fenced']);
const statusesSchema = z.array(z.string());

export interface DriverStoreParts extends BatchStoreParts {
  /** The names of what is kept of a run. */
  readonly keysOf: (runId: RunId) => Pick<Keys, 'run' | 'log' | 'listedRuns'>;
}

export function createDriverStore(parts: DriverStoreParts): DriverStore {
  return { ...createHolding(parts), ...createProgress(parts), ...createEnding(parts) };
}

/** Whose a batch is. */
function createHolding({
  redis,
  keys,
}: BatchStoreParts): Pick<DriverStore, 'claim' | 'renew' | 'read' | 'readOpenLines'> {
  const claim = define(redis, 'claim', 1);
  const renew = define(redis, 'renew', 1);
  const batches = keys.batch('' as BatchId); // because it is what all of them start with
  return {
    async claim(most, leaseMs) {
      return toHeld(await claim([keys.activeBatches], [batches, most, leaseMs]));
    },
    async renew(held, leaseMs) {
      const args = held.flatMap(({ id, epoch }) => [id, epoch]);
      const reply = statusesSchema.parse(await renew([keys.activeBatches], [batches, leaseMs, ...args]));
      const statuses = reply
        .slice(0, -1)
        .map((status) => (status === '' ? undefined : batchStatusSchema.parse(status)));
      return { statuses, active: Number(reply.at(-1)) };
    },
    read: async (id) => parseBatch(await orStoreError(redis.hgetall(keys.batch(id)))),
    async readOpenLines(id) {
      const open = await orStoreError(redis.hgetall(keys.batchOpenLines(id)));
      return Object.entries(open).map(([number, text]) => decodeOpenLine(number, text));
    },
  };
}

/** How it gets on. */
function createProgress({
  redis,
  keys,
}: BatchStoreParts): Pick<DriverStore, 'move' | 'take' | 'retry' | 'record'> {
  const move = define(redis, 'move', 1);
  const take = define(redis, 'take', 2);
  const retry = define(redis, 'retry', 2);
  const lua = `${readPutBlob()}\n${readFileSync(luaFile('record'), 'utf8')}`;
  const record = defineScript(redis, { name: 'record-batch', lua, numberOfKeys: 8 });
  return {
    async move({ id, epoch }, { from, to, fields }) {
      const args = [epoch, from, to, ...Object.entries(fields).flat()];
      return statusOrFenced.parse(await move([keys.batch(id)], args));
    },
    async take({ id, epoch }, { from, to, lines }) {
      const entries = lines.flatMap((line) => [line.number, encodeOpenLine(line)]);
      const args = [epoch, from.offset, to.offset, to.number, ...entries];
      return takeReply.parse(await take([keys.batch(id), keys.batchOpenLines(id)], args));
    },
    async retry({ id, epoch }, line) {
      const args = [epoch, line.number, encodeOpenLine(line)];
      return retryReply.parse(await retry([keys.batch(id), keys.batchOpenLines(id)], args));
    },
    async record({ id, epoch }, of, results) {
      const own = [keys.batch(id), keys.batchOpenLines(id), keys.batchSegments(id)];
      const reply = await record([...own, ...fileKeys(keys, of)], [epoch, ...recordArgs(of, results)]);
      return recordReply.parse(reply);
    },
  };
}

/** What is done when all of it, or some of its lines, are over, or cannot be brought on. */
function createEnding({
  redis,
  keys,
  keysOf,
}: DriverStoreParts): Pick<DriverStore, 'finish' | 'noteFailure' | 'forgetRuns'> {
  const finish = define(redis, 'finish', 7);
  const fail = define(redis, 'fail', 2);
  const forget = defineScript(redis, { name: 'forget-runs', lua: luaFile('forget-runs') });
  return {
    async finish({ id, epoch }, of, end) {
      const { tenant } = of;
      const touched = [
        ...[keys.batch(id), keys.batchOpenLines(id), keys.batchSegments(id), keys.activeBatches],
        ...[keys.tenantFiles(tenant), keys.fileExpiry, keys.dueWebhooks],
      ];
      return finishReply.parse(await finish(touched, [epoch, ...finishArgs(of, end)]));
    },
    noteFailure: async ({ id, epoch }, pausesMs) =>
      failReply.parse(await fail([keys.batch(id), keys.activeBatches], [epoch, id, ...pausesMs])),
    async forgetRuns(runIds, keptMs) {
      const [first] = runIds;
      if (first === undefined) return;
      const records = runIds.flatMap((id) => [keysOf(id).run(id), keysOf(id).log(id)]);
      await forget([keysOf(first).listedRuns, ...records], [keptMs, ...runIds]);
    },
  };
}

function define(redis: Redis, name: string, numberOfKeys: number): RunScript {
  return defineScript(redis, { name: `${name}-batch`, lua: luaFile(name), numberOfKeys });
}

function toHeld(reply: unknown): HeldBatch[] {
  const flat = z.array(z.union([z.string(), z.number()])).parse(reply);
  const held: HeldBatch[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2)
    held.push({ id: batchIdSchema.parse(flat[at]), epoch: Number(flat[at + 1]) });
  return held;
}

function fileKeys(
  keys: BatchStoreParts['keys'],
  { tenant, outputFileId, errorFileId }: BatchRecord,
): string[] {
  const shared = [keys.tenantFileUsage(tenant), keys.stagedBlobs, keys.tenantFiles(tenant)];
  return [...shared, keys.fileBlobs(outputFileId), keys.fileBlobs(errorFileId)];
}

function recordArgs(of: BatchRecord, { lines, output, errors, usage }: Results): (string | number)[] {
  const part = (file: string, one: ResultPart | undefined) => {
    if (one === undefined) return [file, 0, 0, '', ''];
    const { blob, bytes } = one.content;
    return [file, one.lines, bytes, blob.name, ownedMember(blob.tenant, blob.name)];
  };
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens, costUsd } = usage;
  const tokens = [inputTokens, cachedTokens, outputTokens, reasoningTokens, costUsd];
  return [...part(of.outputFileId, output), ...part(of.errorFileId, errors), ...tokens, ...lines];
}

function finishArgs(of: BatchRecord, { end, nowS, faults }: Finish): (string | number)[] {
  const files = [of.outputFileId, of.errorFileId].flatMap((file) => [file, ownedMember(of.tenant, file)]);
  const errors = faults.length === 0 ? '' : JSON.stringify(faults);
  const expiresAt = nowS + of.outputExpiresAfterS;
  const head = [of.id, end, `${end}_at`, nowS, expiresAt, batchRetentionMs];
  return [...head, errors, of.webhook === undefined ? '' : '1', ...files];
}
