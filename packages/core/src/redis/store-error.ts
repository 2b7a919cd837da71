import { CaluteError } from '../errors.ts';

/** What Redis answers while it cannot serve, though the command itself is right. */
const refusals = new Set([
  'OOM',
  'MISCONF',
  'READONLY',
  'LOADING',
  'MASTERDOWN',
  'NOREPLICAS',
  'CLUSTERDOWN',
  'MOVED',
  'ASK',
  'TRYAGAIN',
  'BUSY',
  'NOAUTH',
  'WRONGPASS',
]);

/** ioredis 6.0.0 gives these no name and no code; the tests provoke each, so that a rewording is noticed. */
const connectionMessages = new Set([
  'Command timed out',
  'Connection is closed.',
  "Stream isn't writeable and enableOfflineQueue options is false",
  "Cluster isn't ready and enableOfflineQueue options is false",
  'Cluster is ended.',
  'None of startup nodes is available',
  'Failed to refresh slots cache.',
]);

/** Of a Cluster that moves slots or fails over for longer than a command waits; the last refusal follows. */
const tooManyTries = 'Too many Cluster redirections.';

const retryAfterMs = 1000;

/**
 * The CaluteError `store_unavailable` for what a Redis command rejects with when Redis cannot be reached or refuses
 * to serve. Anything else (a script's bug, a CaluteError) comes back as it is.
 */
export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || CaluteError.is(error)) return error;
  if (!isRefusal(error) && !isConnectionError(error)) return error;
  const message = 'The store cannot be reached or refuses to serve; try again.';
  return new CaluteError('store_unavailable', message, { retryAfterMs, cause: error });
}

/** Passes a command's answer on, and its failure through `toStoreError`. */
export async function orStoreError<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (error) {
    throw toStoreError(error);
  }
}

function isRefusal(error: Error): boolean {
  if (error.name !== 'ReplyError') return false;
  const code = replyCode(error);
  return refusals.has(code) || (code === 'EXECABORT' && previousErrors(error).some(isRefusal));
}

/** The first word of a reply is its code, by the Redis protocol; the text after it is free. */
function replyCode(error: Error): string {
  return error.message.split(' ', 1)[0] ?? '';
}

/** EXEC only says that a queued command was refused; ioredis keeps those refusals beside it. */
function previousErrors(error: Error): Error[] {
  if (!('previousErrors' in error) || !Array.isArray(error.previousErrors)) return [];
  return error.previousErrors.filter((previous) => previous instanceof Error);
}

/** System errors carry a syscall. A DOMException is no store error though an aborted signal names it AbortError too. */
function isConnectionError(error: Error): boolean {
  if (error instanceof DOMException) return false;
  if (error.name === 'AbortError' || error.name === 'MaxRetriesPerRequestError') return true;
  return (
    'syscall' in error || connectionMessages.has(error.message) || error.message.startsWith(tooManyTries)
  );
}
