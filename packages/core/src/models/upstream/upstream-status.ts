/** The HTTP status that an upstream answered with, or named within its stream; the cause of the error that a client sees. */
export class UpstreamStatus extends Error {
  override readonly name = 'UpstreamStatus';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
