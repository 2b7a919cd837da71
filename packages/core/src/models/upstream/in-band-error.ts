import { CaluteError } from '../../errors.ts';
import { isContextFault } from './is-context-fault.ts';
import { redact, type Upstream } from './upstream.ts';
import { readInBandFault } from './upstream-error-body.ts';

/** An error object that came within the stream, with or without its `error` envelope. */
export function toInBandError(value: unknown, upstream: Upstream): CaluteError {
  const fault = readInBandFault(value);
  const message = redact(fault.message ?? 'no message', upstream);
  return new CaluteError(
    isContextFault(fault) ? 'context_length_exceeded' : 'upstream_error',
    `The model provider at ${upstream.host} failed in mid-answer: ${message}`,
  );
}

/** Without a cause: what a model says must not reach a log. */
export function createBadChunkError({ host }: Upstream, what = 'a chunk that cannot be read'): CaluteError {
  return new CaluteError('upstream_bad_chunk', `The model provider at ${host} sent ${what}.`);
}

/** For a stream that ended without a finish reason. */
export function createCutError({ host }: Upstream): CaluteError {
  return new CaluteError('upstream_cut', `The model provider at ${host} ended the stream in mid-answer.`);
}
