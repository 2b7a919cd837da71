import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { readLines } from '@calute/core/files/read-lines';
import { z } from 'zod';
import { RequestFailed } from './batch-client.ts';

export interface WriteRequestsOptions {
  readonly from: string;
  readonly to: string;
  /** Of lines that name none. */
  readonly model: string;
  /** Whether lines are prompts, and no requests. */
  readonly prompts: boolean;
}

const maxLineBytes = 64 * 1024 * 1024;

const promptSchema = z.union([
  z.string().transform((prompt) => ({ prompt, custom_id: undefined })),
  z.object({ prompt: z.string(), custom_id: z.string().optional() }),
]);
const requestSchema = z.looseObject({ body: z.record(z.string(), z.unknown()) });

/** Writes the requests that lines of prompts, or lines without a model, stand for. Throws RequestFailed with the line at fault. */
export async function writeRequests({ from, to, model, prompts }: WriteRequestsOptions): Promise<void> {
  await using file = await open(to, 'wx', 0o600);
  for await (const line of readLines(createReadStream(from), { maxLineBytes })) {
    if (line.kind === 'text' && line.text.trim() === '') continue;
    const value = line.kind === 'text' ? parseJson(line.text) : undefined;
    const request = prompts ? ofPrompt(value, { number: line.number, model }) : withModel(value, model);
    if (request === undefined)
      throw new RequestFailed(`Line ${line.number} of ${from} is ${expected(prompts)}.`);
    await file.appendFile(`${JSON.stringify(request)}\n`);
  }
}

function expected(prompts: boolean): string {
  return prompts
    ? 'neither a JSON string nor an object with a "prompt"'
    : 'no request: an object with a "body"';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ofPrompt(value: unknown, { number, model }: { readonly number: number; readonly model: string }) {
  const parsed = promptSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { prompt, custom_id = `line-${number}` } = parsed.data;
  const body = { model, messages: [{ role: 'user', content: prompt }] };
  return { custom_id, method: 'POST', url: '/v1/chat/completions', body };
}

function withModel(value: unknown, model: string) {
  const parsed = requestSchema.safeParse(value);
  return parsed.success ? { ...parsed.data, body: { model, ...parsed.data.body } } : undefined;
}
