import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { answerText } from '../answer.ts';
import { type Ask, runLoops } from '../load/run-loops.ts';
import { promptFor, usualTokens } from '../prompt.ts';
import type { LoadOrder } from '../protocol.ts';
import { endWithParent, setting, tellParent } from '../serve.ts';
import { type QueueAnswer, type QueueJob, queueName } from './queue-job.ts';

// BullMQ alone, the floor of whatever stands on it: no HTTP and no upstream; one shared channel for the answers.
const url = setting('REDIS_URL');
const queue = new Queue<QueueJob>(queueName, { connection: { url } });
const subscriber = new Redis(url);
const channel = `answers:${randomUUID()}`;
const waiting = new Map<string, (text: string) => void>();
endWithParent();
subscriber.on('message', (_channel, message) => {
  const { id, text }: QueueAnswer = JSON.parse(message);
  waiting.get(id)?.(text);
  waiting.delete(id);
});
await Promise.all([subscriber.subscribe(channel), queue.waitUntilReady()]);
process.on('message', (order: LoadOrder) => {
  if (order.type !== 'load') return;
  runLoops(askQueue, order.load).then((sample) => tellParent({ type: 'sample', sample }));
});
tellParent({ type: 'ready', url: '' });

async function askQueue(): ReturnType<Ask> {
  const startedAt = performance.now();
  const id = randomUUID();
  const { promise, resolve } = Promise.withResolvers<string>();
  waiting.set(id, resolve);
  await queue.add('job', { id, channel, prompt: promptFor(usualTokens) }, { removeOnComplete: true });
  if ((await promise) !== answerText(usualTokens)) throw new Error('wrong text');
  return { ttftMs: performance.now() - startedAt, gapsMs: [], tokens: usualTokens };
}
