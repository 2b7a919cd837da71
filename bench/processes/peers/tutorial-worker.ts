import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import OpenAI from 'openai';
import { endWithParent, setting, tellParent } from '../serve.ts';
import { queueName, type TutorialJob } from './tutorial-job.ts';

const url = setting('REDIS_URL');
const redis = new Redis(url);
const openai = new OpenAI({ baseURL: `${setting('UPSTREAM_URL')}/v1`, apiKey: 'any' });
endWithParent();
// As much at once as a worker of Calute by default.
const worker = new Worker<TutorialJob>(queueName, ({ data }) => answer(data), {
  connection: { url },
  concurrency: 256,
});
await worker.waitUntilReady();
tellParent({ type: 'ready', url: '' });

async function answer({ channel, body: { model, messages, stream } }: TutorialJob): Promise<void> {
  if (!stream) {
    const completion = await openai.chat.completions.create({ model, messages });
    await redis.publish(channel, JSON.stringify(completion));
    return;
  }
  const chunks = await openai.chat.completions.create({ model, messages, stream: true });
  for await (const chunk of chunks) await redis.publish(channel, JSON.stringify(chunk));
  await redis.publish(channel, '[DONE]');
}
