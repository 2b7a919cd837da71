import { Queue } from 'bullmq';
import { promptFor } from '../prompt.ts';
import type { JobsOrder } from '../protocol.ts';
import { endWithParent, setting, tellParent } from '../serve.ts';
import { severalAtOnce } from '../store/several-at-once.ts';
import { jobQueueName } from './queue-job.ts';

// Adds jobs as BullMQ's own documentation does, many at once, and waits for no answer.
const queue = new Queue(jobQueueName, { connection: { url: setting('REDIS_URL') } });
const atOnce = 256;
endWithParent();
await queue.waitUntilReady();
process.on('message', ({ count }: JobsOrder) => {
  const add = async () => void (await queue.add('job', { prompt: promptFor(1) }, { removeOnComplete: true }));
  severalAtOnce(Array.from({ length: count }), atOnce, add).then(
    () => tellParent({ type: 'jobs-done' }),
    (error: Error) => tellParent({ type: 'fault', message: error.message }),
  );
});
tellParent({ type: 'ready', url: '' });
