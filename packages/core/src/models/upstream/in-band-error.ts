import { CaluteError } from '../../errors.ts';
import { findFaultStatus } from './fault-status.ts';
import { isContextFault } from './is-context-fault.ts';
import { toStatusError } from './status-error.ts';
import { redact, type Upstream } from './upstream.ts';
import { readInBandFault } from './upstream-error-body.ts';

const maxJsonLength = 500;

/** An error that came within an answer that began well: what its status, code or type says, as if it were a status. */
export function toInBandError(value: unknown, upstream: Upstream): CaluteError {
  const known = readInBandFault(value);
  // Without words for it, the error itself is what can be told.
  const fault = { ...known, message: known.message ?? JSON.stringify(value)?.slice(0, maxJsonLength) };
  const status = findFaultStatus(fault);
  if (status !== undefined) return toStatusError({ status, fault, isInBand: true }, upstream);
  return new CaluteError(
    isContextFault(fault) ? 'context_length_exceeded' : 'upstream_error',
    `The model provider at ${upstream.host} failed: ${redact(fault.message ?? 'no message', upstream)}`,
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
