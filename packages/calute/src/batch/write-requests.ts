import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { readLines } from '@calute/core/files/read-lines';
import { z } from 'zod';
import { CommandFailure } from '../cli/command-failure.ts';

export interface WriteRequestsOptions {
  readonly from: string;
  readonly to: string;
  /** Of lines that name none. */
  readonly model: string;
  /** Whether lines are prompts, and no requests. */
  readonly prompts: boolean;
  /** Of the batch. */
  readonly endpoint: string;
}

const maxLineBytes = 64 * 1024 * 1024;

const promptSchema = z.union([
  z.string().transform((prompt) => ({ prompt, custom_id: undefined })),
  z.object({ prompt: z.string(), custom_id: z.string().optional() }),
]);
const requestSchema = z.looseObject({ body: z.record(z.string(), z.unknown()) });

/** Writes the requests that lines of prompts, or lines without a model, stand for. Throws CommandFailure with the line at fault. */
export async function writeRequests({ from, to, prompts, ...given }: WriteRequestsOptions): Promise<void> {
  await using file = await open(to, 'wx', 0o600);
  for await (const line of readLines(createReadStream(from), { maxLineBytes })) {
    if (line.kind === 'text' && line.text.trim() === '') continue;
    const value = line.kind === 'text' ? parseJson(line.text) : undefined;
    const request = prompts ? ofPrompt(value, line.number, given) : withModel(value, given.model);
    if (request === undefined)
      throw new CommandFailure(`Line ${line.number} of ${from} is ${expected(prompts)}.`);
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

function ofPrompt(
  value: unknown,
  number: number,
  { model, endpoint }: Pick<WriteRequestsOptions, 'model' | 'endpoint'>,
) {
  const parsed = promptSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { prompt, custom_id = `line-${number}` } = parsed.data;
  const asked =
    endpoint === '/v1/chat/completions'
      ? { messages: [{ role: 'user', content: prompt }] }
      : { input: prompt };
  return { custom_id, method: 'POST', url: endpoint, body: { model, ...asked } };
}

function withModel(value: unknown, model: string) {
  const parsed = requestSchema.safeParse(value);
  return parsed.success ? { ...parsed.data, body: { model, ...parsed.data.body } } : undefined;
}
