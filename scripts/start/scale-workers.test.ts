import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { scaleWorkers } from './scale-workers.ts';
import type { WorkerPool } from './worker-pool.ts';

const limits = { minWorkers: 1, maxWorkers: 4, concurrency: 10 };

test('the pool follows what the API says, and stays while that says nothing useful', async () => {
  const answers = [
    '{"backlog":15,"running":10}',
    'not JSON',
    '{"backlog":"many"}',
    '{"backlog":0,"running":40}',
  ];
  const scalingUrl = await serve(answers);
  const { pool, sizes } = recordingPool();
  await scaleWorkers(pool, { limits, scalingUrl, signal: new AbortController().signal, ticks: ticks(4) });
  expect(sizes).toEqual([3, 4]);
});

test('an abort is a normal end', async () => {
  const { pool } = recordingPool();
  const stop = new AbortController();
  const scaling = scaleWorkers(pool, { limits, scalingUrl: 'http://127.0.0.1:1', signal: stop.signal });
  stop.abort();
  await scaling;
});

async function serve(answers: string[]): Promise<string> {
  const server = createServer((_request, response) => response.end(answers.shift())).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/scaling`;
}

async function* ticks(count: number) {
  for (let tick = 0; tick < count; tick += 1) yield tick;
}

function recordingPool() {
  const sizes: number[] = [];
  const pool: WorkerPool = {
    get size() {
      return sizes.at(-1) ?? 1;
    },
    resize(workers) {
      sizes.push(workers);
      return [];
    },
    drain: async () => undefined,
    kill: () => undefined,
  };
  return { pool, sizes };
}
