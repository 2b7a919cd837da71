/**
 * What `work` comes to, or throws the signal's reason as soon as it aborts: work that does not heed the signal is then left
 * behind. Work is not begun under a signal that is aborted already.
 */
export async function untilAborted<Result>(
  signal: AbortSignal,
  work: () => Result | PromiseLike<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  // Work that aborts the signal itself and then throws at once leaves nobody who waits for this.
  aborted.promise.catch(() => undefined);
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
