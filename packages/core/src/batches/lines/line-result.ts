import { type CaluteError, toErrorBody } from '../../errors.ts';
import type { RunId } from '../../ids.ts';
import type { RunUsage } from '../../runs/run-end.ts';
import type { BatchEnd, BatchRecord } from '../batch.ts';
import { requestIdOf } from './line-ids.ts';

/** What became of a line, as it stands in the output or the error file. */
export interface LineResult {
  readonly number: number;
  readonly to: 'output' | 'errors';
  /** A line of JSON, its end included. */
  readonly text: string;
  readonly usage: RunUsage | undefined;
  /** Its run, if there was one. */
  readonly runId: RunId | undefined;
}

interface Answered {
  readonly line: { readonly number: number; readonly customId: string };
  readonly runId: RunId;
  readonly usage: RunUsage | undefined;
}

export function toSuccess(batch: BatchRecord, { line, runId, usage }: Answered, body: object): LineResult {
  const response = { status_code: 200, request_id: runId, body };
  return {
    number: line.number,
    to: 'output',
    text: encode(batch, line, { response, error: null }),
    usage,
    runId,
  };
}

export function toFailure(
  batch: BatchRecord,
  { line, runId, usage }: Answered,
  error: CaluteError,
): LineResult {
  const response = { status_code: error.status, request_id: runId, body: toErrorBody(error) };
  return {
    number: line.number,
    to: 'errors',
    text: encode(batch, line, { response, error: null }),
    usage,
    runId,
  };
}

const reasons: Readonly<Record<Exclude<BatchEnd, 'completed'>, string>> = {
  expired: 'The completion window of the batch ended before this request was done.',
  cancelled: 'The batch was cancelled before this request was done.',
  failed: 'The batch failed before this request was done.',
};

/** For a line that was not done when its batch ended. */
export function toUndone(
  batch: BatchRecord,
  line: Answered['line'],
  end: Exclude<BatchEnd, 'completed'>,
): LineResult {
  const error = { code: `batch_${end}`, message: reasons[end] };
  const text = encode(batch, line, { response: null, error });
  return { number: line.number, to: 'errors', text, usage: undefined, runId: undefined };
}

function encode(batch: BatchRecord, { number, customId }: Answered['line'], rest: object): string {
  return `${JSON.stringify({ id: requestIdOf(batch, number), custom_id: customId, ...rest })}\n`;
}
