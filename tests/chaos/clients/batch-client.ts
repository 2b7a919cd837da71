import { setTimeout as delay } from 'node:timers/promises';
import { APIError, OpenAI } from 'openai';
import type { Batch } from 'openai/resources/batches';
import type { BatchReport } from '../batch-report.ts';
import type { BatchPlan } from '../plan-batches.ts';
import { type ClientParts, tryAgainMs } from './ask-api.ts';

/** Batches come after everything else: one may take so long after the load. */
const patienceMs = 90_000;
const lookEveryMs = 500;
const ended: ReadonlySet<string> = new Set(['completed', 'failed', 'expired', 'cancelled']);

export interface BatchParts extends ClientParts {
  /** When the load is over, in Unix ms. */
  readonly loadEndsMs: number;
}

/** One client that makes a batch, looks at it until it has ended and reads its files. */
export async function runBatchClient(plan: BatchPlan, parts: BatchParts): Promise<BatchReport> {
  const report: BatchReport = { plan, end: 'stuck', counts: [], results: [] };
  const ask = createAsk(plan, parts);
  try {
    const batch = await waitForEnd(await makeBatch(plan, ask), ask, report);
    for (const [from, fileId] of [
      ['output', batch.output_file_id],
      ['errors', batch.error_file_id],
    ] as const) {
      for (const line of await readLines(fileId, ask)) report.results.push({ from, line });
    }
    report.end = batch.status;
  } catch (error) {
    if (parts.signal.aborted) report.end = 'stopped';
    else if (error instanceof APIError) report.end = `refused:${error.code}`;
    else if (!(error instanceof TimeUp)) throw error;
  }
  return report;
}

async function makeBatch(plan: BatchPlan, ask: Ask): Promise<Batch> {
  const file = await ask((openai) => openai.files.create({ file: toFile(plan), purpose: 'batch' }));
  const settings = {
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  } as const;
  // With a key, because an answer may be lost.
  const once = { headers: { 'idempotency-key': plan.tag } };
  return ask((openai) => openai.batches.create(settings, once));
}

async function waitForEnd(made: Batch, ask: Ask, { counts }: BatchReport): Promise<Batch> {
  let batch = made;
  while (!ended.has(batch.status)) {
    await delay(lookEveryMs);
    batch = await ask((openai) => openai.batches.retrieve(made.id));
    counts.push(countLines(batch));
  }
  return batch;
}

async function readLines(fileId: string | null | undefined, ask: Ask): Promise<string[]> {
  if (typeof fileId !== 'string') return [];
  const text = await ask(async (openai) => (await openai.files.content(fileId)).text());
  return text.split('\n').filter((line) => line !== '');
}

class TimeUp extends Error {}

type Ask = <Answer>(question: (openai: OpenAI) => Promise<Answer>) => Promise<Answer>;

/** Asks one API and the other until one answers. Throws APIError for a refusal that stands, and TimeUp. */
function createAsk({ api: first }: BatchPlan, { apiUrls, loadEndsMs, signal }: BatchParts): Ask {
  const clients = apiUrls.map(
    (url) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0, timeout: 10_000 }),
  );
  let api: number = first;
  return async (question) => {
    for (;;) {
      signal.throwIfAborted();
      const client = clients[api];
      if (client === undefined || Date.now() > loadEndsMs + patienceMs) throw new TimeUp();
      api = 1 - api;
      try {
        return await question(client);
      } catch (error) {
        if (stands(error)) throw error;
      }
      await delay(tryAgainMs);
    }
  };
}

/** Whether the same request would be refused again. */
function stands(error: unknown): boolean {
  if (!(error instanceof APIError)) return false;
  const { status = 500 } = error;
  return status < 500 && status !== 429;
}

function toFile({ lines }: BatchPlan): File {
  const texts = lines.map((order) =>
    JSON.stringify({
      custom_id: order.run,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: 'chaos', messages: [{ role: 'user', content: JSON.stringify(order) }] },
    }),
  );
  return new File([texts.join('\n')], 'lines.jsonl');
}

function countLines({ request_counts: counts }: Batch): number {
  return (counts?.completed ?? 0) + (counts?.failed ?? 0);
}
