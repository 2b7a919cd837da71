import type { QueuePlace } from '../run-store/backlog/backlog.ts';

/** What an object that can be looked at says while its run waits. */
export interface QueueNote {
  readonly queue?: { readonly position: number; readonly wait_ms?: number };
}

export function encodeQueue(place: QueuePlace | undefined): QueueNote {
  if (place === undefined) return {};
  const { position, waitMs } = place;
  return { queue: { position, ...(waitMs === undefined ? {} : { wait_ms: waitMs }) } };
}
