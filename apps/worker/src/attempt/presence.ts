export interface PresenceParts {
  /** How long nobody may listen: clients of an API that died need a moment to find another one. */
  readonly graceMs: number;
  readonly now: () => number;
  onAbsent(): void;
}

/**
 * Notices that nobody listens to a run: normally the API cancels the run of a client that left, but that API may have
 * died with its client. Takes, for each frame and now and then, whether anybody is subscribed.
 */
export function createPresence({ graceMs, now, onAbsent }: PresenceParts): (hasSubscribers: boolean) => void {
  let sinceMs: number | undefined;
  return (hasSubscribers) => {
    sinceMs = hasSubscribers ? undefined : (sinceMs ?? now());
    if (sinceMs !== undefined && now() - sinceMs >= graceMs) onAbsent();
  };
}
