import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import express from 'express';
import { Redis } from 'ioredis';
import { serve, setting } from '../serve.ts';
import { queueName, type TutorialJob } from './tutorial-job.ts';

// As tutorials show it: a subscriber connection per request, a message per token.
const url = setting('REDIS_URL');
const queue = new Queue<TutorialJob>(queueName, { connection: { url } });
const app = express();
app.post('/v1/chat/completions', express.json(), async (request, response) => {
  const channel = `run:${randomUUID()}`;
  const subscriber = new Redis(url);
  response.once('close', () => subscriber.disconnect());
  subscriber.on('message', (_channel, message) => {
    if (request.body.stream !== true) response.type('json').end(message);
    else if (message === '[DONE]') response.end('data: [DONE]\n\n');
    else response.write(`data: ${message}\n\n`);
  });
  await subscriber.subscribe(channel);
  if (request.body.stream === true) response.set('content-type', 'text/event-stream').flushHeaders();
  await queue.add('completion', { channel, body: request.body }, { removeOnComplete: true });
});
await queue.waitUntilReady();
await serve(app);
