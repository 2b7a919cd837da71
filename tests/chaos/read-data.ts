import { z } from 'zod';

const dataSchema = z.union([
  z.object({ error: z.object({ code: z.string() }) }),
  z.object({
    id: z.string(),
    choices: z.array(z.object({ delta: z.object({ content: z.string().optional() }) })),
  }),
]);

/** What the `data:` of one event says. */
export type ReadData =
  | { readonly type: 'chunk'; readonly runId: string; readonly text: string }
  | { readonly type: 'error'; readonly code: string }
  | { readonly type: 'done' };

export function readData(data: string): ReadData {
  if (data === '[DONE]') return { type: 'done' };
  const parsed = dataSchema.safeParse(parseJson(data));
  if (!parsed.success) return { type: 'error', code: 'malformed-event' };
  if ('error' in parsed.data) return { type: 'error', code: parsed.data.error.code };
  const { id, choices } = parsed.data;
  return { type: 'chunk', runId: id, text: choices[0]?.delta.content ?? '' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
