import { z } from 'zod';
import type { RunPlan } from '../plan-runs.ts';

/** A format of the API as a client speaks it. Runs go by their ids, and events are numbered from 1, in both. */
export interface Wire {
  /** Where a request makes a run. */
  readonly path: string;
  body(plan: RunPlan, content: string): object;
  cancelPath(runId: string): string;
  /** Asks for the events after this one. */
  follow(runId: string, afterId: number): { readonly path: string; readonly headers: Record<string, string> };
  /** The number of the event that has this SSE id. */
  toNumber(sseId: string): number;
  /** Throws ZodError. */
  readAnswer(body: unknown): { readonly runId: string; readonly text: string };
}

const completionSchema = z.object({
  id: z.string(),
  choices: z.tuple([z.object({ message: z.object({ content: z.string().nullable() }) })]),
});

const chat: Wire = {
  path: '/v1/chat/completions',
  body: ({ stream, includeUsage }, content) => ({
    messages: [{ role: 'user', content }],
    stream,
    ...(stream && includeUsage ? { stream_options: { include_usage: true } } : {}),
  }),
  cancelPath: (runId) => `/v1/chat/completions/${runId}/cancel`,
  follow: (runId, afterId) => ({
    path: `/v1/chat/completions/${runId}/stream`,
    headers: { 'last-event-id': String(afterId) },
  }),
  toNumber: Number,
  readAnswer(body) {
    const { id, choices } = completionSchema.parse(body);
    return { runId: id, text: choices[0].message.content ?? '' };
  },
};

const responseSchema = z.object({
  id: z.string(),
  output: z.array(
    z.looseObject({ content: z.array(z.looseObject({ text: z.string().optional() })).optional() }),
  ),
});

const responses: Wire = {
  path: '/v1/responses',
  body: ({ stream, background }, content) => ({ input: content, stream, background }),
  cancelPath: (runId) => `/v1/responses/${toResponseId(runId)}/cancel`,
  follow(runId, afterId) {
    const path = `/v1/responses/${toResponseId(runId)}?stream=true`;
    // OpenAI counts from 0. Its clients name the cursor in the query, browsers in the header.
    const cursor = afterId - 1;
    if (cursor < 0) return { path, headers: {} };
    if (cursor % 2 === 0) return { path: `${path}&starting_after=${cursor}`, headers: {} };
    return { path, headers: { 'last-event-id': String(cursor) } };
  },
  toNumber: (sseId) => Number(sseId) + 1,
  readAnswer(body) {
    const { id, output } = responseSchema.parse(body);
    const parts = output.flatMap(({ content = [] }) => content);
    return { runId: id.replace('resp_', 'chatcmpl-'), text: parts.map(({ text = '' }) => text).join('') };
  },
};

/** The format in which a run is asked for. */
export function wireOf({ format }: Pick<RunPlan, 'format'>): Wire {
  return format === 'chat' ? chat : responses;
}

export function toResponseId(runId: string): string {
  return runId.replace('chatcmpl-', 'resp_');
}
