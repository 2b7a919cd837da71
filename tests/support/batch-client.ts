import { OpenAI } from 'openai';
import type { Batch } from 'openai/resources/batches';
import { expect } from 'vitest';

/** A line of a batch for chat completions. */
export function batchLine(customId: string, body: object, more: object = {}): string {
  return JSON.stringify({ custom_id: customId, method: 'POST', url: '/v1/chat/completions', body, ...more });
}

export function chat(model: string, content: string, more: object = {}): object {
  return { model, messages: [{ role: 'user', content }], ...more };
}

export interface ResultLine {
  readonly id: string;
  readonly custom_id: string;
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: Readonly<Record<string, unknown>>;
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What tests do with batches, by the official package. */
export function createBatchClient(url: string, apiKey: string) {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
  const read = async (id: string | null | undefined): Promise<ResultLine[]> => {
    if (typeof id !== 'string') return [];
    const text = await (await openai.files.content(id)).text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ResultLine); // because the tests look at what is there
  };
  return {
    openai,
    read,
    /** Uploads lines and makes a batch of them. */
    async submit(lines: readonly string[], more: object = {}): Promise<Batch> {
      const file = await openai.files.create({
        file: new File([lines.map((line) => `${line}\n`).join('')], 'lines.jsonl'),
        purpose: 'batch',
      });
      return await openai.batches.create({
        input_file_id: file.id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
        ...more,
      });
    },
    /** The batch once it is what `isDone` says. */
    async wait(id: string, isDone: (batch: Batch) => boolean, timeoutMs = 15_000): Promise<Batch> {
      let last: Batch | undefined;
      const look = async () => {
        const batch = await openai.batches.retrieve(id);
        last = batch;
        return isDone(batch) ? 'done' : `${batch.status} ${JSON.stringify(batch.request_counts)}`;
      };
      await expect.poll(look, { timeout: timeoutMs, interval: 50 }).toBe('done');
      return last ?? (await openai.batches.retrieve(id));
    },
    /** What stands in both files. */
    async results({ output_file_id: output, error_file_id: errors }: Batch) {
      return { output: await read(output), errors: await read(errors) };
    },
  };
}

const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'expired', 'cancelled']);

export function hasEnded({ status }: Batch): boolean {
  return ends.has(status);
}
