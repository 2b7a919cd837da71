import { setTimeout as delay } from 'node:timers/promises';
import { CaluteError } from '../../errors.ts';
import type { FileServices } from '../../files/open-files.ts';
import type { Logger } from '../../logging/logger.ts';
import type { RunQueue } from '../../queue/run-queue.ts';
import type { Batch, BatchRecord } from '../batch.ts';
import type { BatchEndpoint, BatchEndpoints } from '../batch-endpoint.ts';
import type { BatchInput } from '../input/read-input.ts';
import type { RunLineParts } from '../lines/run-line.ts';
import type { DriverStore, HeldBatch } from '../store/driver-store.ts';

export interface DriveParts extends RunLineParts {
  readonly store: DriverStore;
  readonly files: Pick<FileServices, 'files' | 'growing' | 'staging'>;
  readonly endpoints: BatchEndpoints;
  readonly queue: Pick<RunQueue, 'remove'>;
  readonly maxLineBytes: number;
  /** How long an ended run stays readable: results are written well before. */
  readonly retentionMs: number;
  /** Tasks that need much memory or time, a few at once in a process. */
  inTurn<Result>(task: () => Promise<Result>): Promise<Result>;
  /** What one batch may take up, beside the others that are active. */
  share(): BatchShare;
  readonly logger: Logger;
}

/** What one batch may take up at once. */
export interface BatchShare {
  /** Lines that are accepted as runs. */
  readonly lines: number;
  /** Of the input of these lines; one line is always begun. */
  readonly inputBytes: number;
  /** Results that are not written yet. */
  readonly resultBytes: number;
}

/** A batch while this process drives it. */
export interface Driving {
  readonly held: HeldBatch;
  readonly batch: Batch;
  readonly record: BatchRecord;
  readonly endpoint: BatchEndpoint;
  readonly input: BatchInput;
  /** Whether its end was asked for, as far as was heard a second ago. */
  isCancelled(): boolean;
  /** Aborts when the batch is lost or the process drains. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

const storePauseMs = 1000;

/** What `work` comes to; while Redis or the file store cannot serve, it is done again. `work` must be safe to do twice. */
export async function persistently<Result>(
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    await delay(storePauseMs, undefined, { signal }).catch(() => undefined);
  }
}

function isOutage(error: unknown): boolean {
  if (!CaluteError.is(error)) return false;
  const { code } = error;
  return code === 'store_unavailable' || code === 'file_store_unavailable' || code === 'storage_full';
}
