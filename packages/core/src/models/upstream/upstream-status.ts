import type { LimitScope } from './rate-limit/limit-scope.ts';

/** The HTTP status that an upstream answered with, or named within its stream; the cause of the error that a client sees. */
export class UpstreamStatus extends Error {
  override readonly name = 'UpstreamStatus';
  readonly status: number;
  readonly scope: LimitScope;

  constructor(status: number, message: string, scope: LimitScope = 'model') {
    super(message);
    this.status = status;
    this.scope = scope;
  }
}
