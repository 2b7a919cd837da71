import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ask as askFor } from '../support/chat-request.ts';
import { openSse } from '../support/read-sse.ts';
import { passOn, prepareCalute } from '../support/start-calute.ts';

const scaledObject = z.object({
  spec: z.object({
    triggers: z.tuple([
      z.object({
        type: z.literal('metrics-api'),
        metadata: z.object({
          url: z.string(),
          valueLocation: z.string(),
          targetValue: z.string().regex(/^\d+$/),
        }),
      }),
    ]),
  }),
});

test('what KEDA asks for is a number at a running API', async () => {
  const path = new URL('../../deploy/kubernetes/components/keda/worker-scaling.yaml', import.meta.url);
  const [{ metadata }] = scaledObject.parse(parse(readFileSync(path, 'utf8'))).spec.triggers;
  await using calute = await prepareCalute(passOn('model'));
  const [api, worker] = await Promise.all([calute.startApi(), calute.startWorker()]);
  const ask = async () => {
    const response = await fetch(new URL(new URL(metadata.url).pathname, api.admin));
    const body = z.record(z.string(), z.unknown()).parse(await response.json());
    return { status: response.status, value: body[metadata.valueLocation] };
  };
  expect(await ask()).toEqual({ status: 200, value: 0 });
  // Its agents stay listed, so the run waits.
  expect(await worker.stop('SIGTERM')).toBe(0);
  await using _stream = await openSse(`${api.url}/v1/chat/completions`, {
    body: { ...askFor('model'), stream: true },
  });
  await expect.poll(ask, { timeout: 5000 }).toEqual({ status: 200, value: 1 });
});
