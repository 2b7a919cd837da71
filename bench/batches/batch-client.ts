import { once } from 'node:events';
import { createWriteStream, openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Target } from '../processes/protocol.ts';

const endpoint = '/v1/chat/completions';
/** Asks the mock upstream for one token: what is measured is the way, not the model. */
const prompt = 'Count to 1.';
const lookEveryMs = 200;

/** A batch, as far as the benchmark looks at it. */
interface BatchState {
  readonly id: string;
  readonly status: string;
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
}

export interface BatchClient {
  /** Uploads the file and makes a batch of it; gives its id. */
  submit(path: string): Promise<string>;
  /** Resolves once so many lines are done. Throws when the batch has ended in another way than by all its lines. */
  waitFor(id: string, lines: number): Promise<void>;
  /** Ends it before its last line; resolves once it has ended. */
  cancel(id: string): Promise<void>;
  get(id: string): Promise<BatchState>;
}

export function createBatchClient({ urls, headers }: Target): BatchClient {
  const [completions = ''] = urls;
  const { origin } = new URL(completions);
  const ask = async <Answer>(path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${origin}/v1${path}`, {
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string>) }, // because it is only given so below
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer; // because only this benchmark's own server is asked
  };
  const get = (id: string) => ask<BatchState>(`/batches/${id}`);
  return {
    async submit(path) {
      const form = new FormData();
      form.set('purpose', 'batch');
      form.set('file', await openAsBlob(path), 'requests.jsonl');
      const file = await ask<{ id: string }>('/files', { method: 'POST', body: form });
      const body = JSON.stringify({ input_file_id: file.id, endpoint, completion_window: '24h' });
      const json = { 'content-type': 'application/json' };
      return (await ask<BatchState>('/batches', { method: 'POST', body, headers: json })).id;
    },
    async waitFor(id, lines) {
      for (;;) {
        const { status, request_counts: counts } = await get(id);
        if (counts.failed > 0 || status === 'failed') {
          throw new Error(`The batch is ${status}, with ${counts.failed} failed lines.`);
        }
        if (counts.completed >= lines) return;
        await wait(lookEveryMs);
      }
    },
    async cancel(id) {
      await ask(`/batches/${id}/cancel`, { method: 'POST' });
      while ((await get(id)).status !== 'cancelled') await wait(lookEveryMs);
    },
    get,
  };
}

/** Writes the input of a batch whose lines have about so many bytes; gives its path. */
export async function writeLines(
  dir: string,
  { lines, lineBytes }: { readonly lines: number; readonly lineBytes: number },
): Promise<string> {
  const path = join(dir, `lines-${lines}-${lineBytes}.jsonl`);
  const file = createWriteStream(path);
  const bare = lineOf(lines, '').length + 1;
  const content = prompt.padStart(lineBytes - bare, 'Please count. ');
  for (let number = 0; number < lines; number += 1) {
    if (!file.write(`${lineOf(number, content)}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return path;
}

function lineOf(number: number, content: string): string {
  const body = { model: 'mock-burst', messages: [{ role: 'user', content }] };
  return JSON.stringify({ custom_id: `line-${number}`, method: 'POST', url: endpoint, body });
}
