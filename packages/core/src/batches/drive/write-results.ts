import { Readable } from 'node:stream';
import type { FileRecord } from '../../files/file-record.ts';
import type { StagedContent } from '../../files/staging.ts';
import type { FileId } from '../../ids.ts';
import { sumUsage } from '../../runs/sum-usage.ts';
import type { BatchUsage } from '../batch.ts';
import type { LineResult } from '../lines/line-result.ts';
import type { RecordOutcome, ResultPart, Results } from '../store/driver-store.ts';
import { BatchLost } from './batch-lost.ts';
import { type DriveParts, type Driving, persistently } from './driving.ts';

/** Somebody has deleted a file of the batch. */
export class ResultsDeleted extends Error {
  override readonly name = 'ResultsDeleted';
}

/** A worker that has just sent the end of a run, and sends it again because the reply was lost, mostly finds it still. */
const runsKeptMs = 200;
const longestWriteMs = 60_000;

/**
 * Puts results behind the files of the batch and counts them, in one step: whatever dies when, each line stands there once. Throws
 * BatchLost, ResultsDeleted and the signal's reason.
 */
export async function writeResults(
  parts: DriveParts,
  driving: Driving,
  results: readonly LineResult[],
): Promise<void> {
  const staged: StagedContent[] = [];
  const stage = async (to: LineResult['to']) => {
    const part = await persistently(driving.signal, () => stagePart(parts, driving, results, to));
    if (part) staged.push(part.content);
    return part;
  };
  try {
    for (;;) {
      const written = { output: await stage('output'), errors: await stage('errors') };
      const outcome = await record(parts, driving, { ...written, ...countResults(results) });
      if (outcome === 'recorded') break;
    }
  } catch (error) {
    // What belongs to a file by now is not taken back.
    await Promise.all(staged.map((content) => parts.files.staging.discard(content)));
    throw error;
  }
  await forgetRuns(parts, driving, results);
}

async function record(parts: DriveParts, driving: Driving, results: Results): Promise<RecordOutcome> {
  for (;;) {
    const outcome = await persistently(driving.signal, () =>
      parts.store.record(driving.held, driving.record, results),
    );
    switch (outcome) {
      case 'recorded':
      case 'given-up':
        return outcome;
      case 'fenced':
        throw new BatchLost();
      case 'deleted':
        throw new ResultsDeleted();
      case 'absent':
        await persistently(driving.signal, () => beginFiles(parts, driving, results));
    }
  }
}

async function beginFiles({ files, now }: DriveParts, { record }: Driving, results: Results): Promise<void> {
  const { id, tenant, outputFileId, errorFileId } = record;
  const begin = (file: FileId, kind: string) => {
    const made = { id: file, filename: `${id}_${kind}.jsonl`, purpose: 'batch_output', bytes: 0 } as const;
    const begun: FileRecord & { readonly bytes: 0 } = { ...made, createdAt: Math.floor(now() / 1000) };
    return files.growing.begin(tenant, begun);
  };
  if (results.output) await begin(outputFileId, 'output');
  if (results.errors) await begin(errorFileId, 'error');
}

async function stagePart(
  { files }: DriveParts,
  { record: { tenant }, signal }: Driving,
  results: readonly LineResult[],
  to: LineResult['to'],
): Promise<ResultPart | undefined> {
  const texts = results.filter((result) => result.to === to).map(({ text }) => Buffer.from(text));
  if (texts.length === 0) return undefined;
  const content = await files.staging.stage({
    tenant,
    source: Readable.from(texts, { objectMode: false }),
    maxBytes: Number.MAX_SAFE_INTEGER,
    // What it holds is paid for, so that no quota refuses it.
    reserveBytes: 0,
    signal: AbortSignal.any([signal, AbortSignal.timeout(longestWriteMs)]),
  });
  return { content, lines: texts.length };
}

function countResults(results: readonly LineResult[]): { lines: number[]; usage: BatchUsage } {
  const used = sumUsage(results.flatMap(({ usage }) => (usage === undefined ? [] : [usage])));
  return {
    lines: results.map(({ number }) => number),
    usage: {
      inputTokens: used.promptTokens,
      cachedTokens: used.cachedTokens,
      outputTokens: used.completionTokens,
      reasoningTokens: used.reasoningTokens,
      costUsd: used.costUsd ?? 0,
    },
  };
}

/** So that a batch holds no more of Redis than what is under way. What fails here goes with its retention. */
async function forgetRuns({ store }: DriveParts, { logger }: Driving, results: readonly LineResult[]) {
  const runIds = results.flatMap(({ runId }) => (runId === undefined ? [] : [runId]));
  if (runIds.length === 0) return;
  await store.forgetRuns(runIds, runsKeptMs).catch((error: unknown) => {
    logger.warn({ err: error }, 'batch.forget-failed');
  });
}
