/** The keys of the queue that are not BullMQ's. */
export interface QueueKeys {
  /** Hash: when a worker last looked for jobs without a lock, and since when without a pause. */
  readonly looks: string;
  /** Sorted set: the control channels of workers, by how many runs each has room for. */
  readonly ready: string;
  /** What the name of a worker's presence starts with; its control channel follows. The number of the last run sent to it; expires. */
  readonly presences: string;
}

export function createQueueKeys(prefix: string): QueueKeys {
  return { looks: `${prefix}:looks`, ready: `${prefix}:ready`, presences: `${prefix}:presence:` };
}
