import { z } from 'zod';

const chatSchema = z.union([
  z.object({ error: z.object({ code: z.string() }) }),
  z.object({
    id: z.string(),
    choices: z.array(z.object({ delta: z.object({ content: z.string().optional() }) })),
  }),
]);

const responseSchema = z.object({
  type: z.string(),
  sequence_number: z.int(),
  delta: z.string().optional(),
  code: z.string().optional(),
});

/** What the `data:` of one event says, of either format. */
export type ReadData =
  | {
      readonly type: 'chunk';
      readonly text: string;
      /** Only in chat. */
      readonly runId?: string;
      /** The number that a Response's event says it has, from 0. */
      readonly sequence?: number;
    }
  /** Why the run fails; more events follow before its end. */
  | { readonly type: 'fault'; readonly code: string; readonly sequence: number }
  | { readonly type: 'error'; readonly code: string }
  | { readonly type: 'done' };

export function readData(data: string): ReadData {
  if (data === '[DONE]') return { type: 'done' };
  const parsed = parseJson(data);
  const event = responseSchema.safeParse(parsed);
  if (event.success) return readEvent(event.data);
  const chat = chatSchema.safeParse(parsed);
  if (!chat.success) return { type: 'error', code: 'malformed-event' };
  if ('error' in chat.data) return { type: 'error', code: chat.data.error.code };
  const { id, choices } = chat.data;
  return { type: 'chunk', runId: id, text: choices[0]?.delta.content ?? '' };
}

/** Whether nothing may come after it. */
export function isEnd({ type }: ReadData): boolean {
  return type === 'error' || type === 'done';
}

export function textIn(data: string): string {
  const read = readData(data);
  return read.type === 'chunk' ? read.text : '';
}

function readEvent({
  type,
  sequence_number: sequence,
  delta,
  code,
}: z.infer<typeof responseSchema>): ReadData {
  if (type === 'error') return { type: 'fault', code: code ?? 'no-code', sequence };
  const text = type === 'response.output_text.delta' ? (delta ?? '') : '';
  return { type: 'chunk', text, sequence };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
