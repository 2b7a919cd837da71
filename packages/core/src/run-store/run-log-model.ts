import type { RunId } from '../ids.ts';
import type { FrameEnd } from './run-log.ts';

/** What a run log has to be, in the plainest form, for one run. */
export interface RunLogModel {
  epoch: number;
  end: string | undefined;
  mayHaveStartedTools: boolean;
  /** The control channel of its holder; undefined while it is only offered. */
  holder: string | undefined;
  /** Whose the idempotency key is; undefined when it is free. */
  keyOwner: RunId | undefined;
  readonly frames: string[];
  /** The attempts so far, each as its worker knows it. */
  readonly attempts: ModelAttempt[];
}

export interface ModelAttempt {
  readonly epoch: number;
  readonly sent: string[];
  readonly base: number;
}

export interface ModelFrame {
  readonly epoch: number;
  readonly seq: number;
  /** Starts with `visible`, `tools` or anything else. */
  readonly payload: string;
  readonly end?: FrameEnd | undefined;
}

export function createModel(runId: RunId): RunLogModel {
  return {
    epoch: 0,
    end: undefined,
    mayHaveStartedTools: false,
    holder: undefined,
    keyOwner: runId,
    frames: [],
    attempts: [],
  };
}

/** The law of append: what it answers; changes the model as the log has to change. */
export function appendModel(model: RunLogModel, { epoch, seq, payload, end }: ModelFrame): string {
  if (epoch !== model.epoch) return model.end === undefined ? 'fenced' : 'ended';
  if (seq <= model.frames.length) return 'stored';
  if (model.end !== undefined) return 'ended';
  if (seq !== model.frames.length + 1) return 'gap';
  model.frames.push(payload);
  model.mayHaveStartedTools ||= payload.startsWith('tools');
  if (end) endModel(model, end);
  return 'stored';
}

/** The law of the idempotency key: a failure that may pass frees it, but never once a tool may have started. */
export function endModel(
  model: RunLogModel,
  { reason, mayRetry }: Pick<FrameEnd, 'reason' | 'mayRetry'>,
): void {
  model.end = reason;
  if (mayRetry && !model.mayHaveStartedTools) model.keyOwner = undefined;
}

/** Notes what an attempt has sent, so that it can be sent again. */
export function remember({ sent, base }: ModelAttempt, index: number, payload: string): void {
  if (index - base === sent.length) sent.push(payload);
}
