export interface HearingParts {
  /** How long nobody may listen: clients of an API that died need a moment to find another one. */
  readonly graceMs: number;
  readonly now: () => number;
  onUnheard(): void;
}

/**
 * Notices that nobody listens to a run: normally the API cancels the run of a client that left, but that API may have
 * died with its client. Takes, for each frame and now and then, whether it was heard.
 */
export function createHearing({ graceMs, now, onUnheard }: HearingParts): (heard: boolean) => void {
  let sinceMs: number | undefined;
  return (heard) => {
    sinceMs = heard ? undefined : (sinceMs ?? now());
    if (sinceMs !== undefined && now() - sinceMs >= graceMs) onUnheard();
  };
}
