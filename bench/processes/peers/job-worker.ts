import { Worker } from 'bullmq';
import type { JobsOrder } from '../protocol.ts';
import { endWithParent, setting, tellParent } from '../serve.ts';
import { jobQueueName } from './queue-job.ts';

// Takes jobs off the queue and does nothing for them.
let done = 0;
let expected = Number.POSITIVE_INFINITY;
endWithParent();
const worker = new Worker(jobQueueName, async () => undefined, {
  connection: { url: setting('REDIS_URL') },
  concurrency: 256,
});
worker.on('completed', () => {
  done += 1;
  if (done === expected) tellParent({ type: 'jobs-done' });
});
process.on('message', ({ count }: JobsOrder) => {
  expected = done + count;
});
await worker.waitUntilReady();
tellParent({ type: 'ready', url: '' });
