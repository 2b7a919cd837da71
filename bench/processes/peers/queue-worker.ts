import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { answerText } from '../answer.ts';
import { usualTokens } from '../prompt.ts';
import { endWithParent, setting, tellParent } from '../serve.ts';
import { type QueueJob, queueName } from './queue-job.ts';

const url = setting('REDIS_URL');
const redis = new Redis(url);
endWithParent();
const worker = new Worker<QueueJob>(
  queueName,
  async ({ data: { id, channel } }) => {
    await redis.publish(channel, JSON.stringify({ id, text: answerText(usualTokens) }));
  },
  { connection: { url }, concurrency: 256 },
);
await worker.waitUntilReady();
tellParent({ type: 'ready', url: '' });
