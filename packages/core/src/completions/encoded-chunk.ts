import type { CaluteError } from '../errors.ts';

/** The `data:` of one server-sent event; `error` when it reports a failure. */
export interface EncodedChunk {
  readonly data: string;
  readonly error?: CaluteError;
}
