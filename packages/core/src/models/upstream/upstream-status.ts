import type { LimitScope } from './rate-limit/limit-scope.ts';

export interface StatusDetails {
  readonly scope?: LimitScope | undefined;
  /** The HTTP status of the answer, where what it says of itself stands for another one. */
  readonly answered?: number | undefined;
}

/** The HTTP status that an upstream answered with, or named within its stream; the cause of the error that a client sees. */
export class UpstreamStatus extends Error {
  override readonly name = 'UpstreamStatus';
  readonly status: number;
  readonly scope: LimitScope;
  readonly answered: number;

  constructor(status: number, message: string, { scope = 'model', answered = status }: StatusDetails = {}) {
    super(message);
    this.status = status;
    this.scope = scope;
    this.answered = answered;
  }
}
