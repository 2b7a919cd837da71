export const queueName = 'alone';

export interface QueueJob {
  readonly id: string;
  readonly channel: string;
  readonly prompt: string;
}

export interface QueueAnswer {
  readonly id: string;
  readonly text: string;
}

/** Of jobs that nobody waits for. */
export const jobQueueName = 'jobs';
