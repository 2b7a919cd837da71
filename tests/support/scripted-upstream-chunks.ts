import type { UpstreamStep } from './scripted-upstream-script.ts';

export interface AnswerOptions {
  readonly finishReason?: string;
  /** `null` sends no usage chunk. */
  readonly usage?: Readonly<Record<string, unknown>> | null;
  /** Further fields of every chunk. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** One SSE event of any value. */
export function sseEvent(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** One chunk of a chat completion, as an SSE event. */
export function chatChunk(delta: object, finishReason: string | null = null, fields: object = {}): string {
  const base = { id: 'chatcmpl-up', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'up' };
  return sseEvent({ ...base, choices: [{ index: 0, delta, finish_reason: finishReason }], ...fields });
}

/** A whole good answer that says `texts`, one delta each. */
export function textAnswer(texts: readonly string[], options: AnswerOptions = {}): UpstreamStep[] {
  const deltas = texts.map((content) => chatChunk({ content }, null, options.fields));
  return [
    {
      type: 'chunks',
      chunks: [chatChunk({ role: 'assistant', content: '' }), ...deltas, ...ending('stop', options)],
    },
  ];
}

/** A whole answer that calls tools; the arguments of each come in one delta after its head. */
export function toolCallAnswer(
  calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[],
  options: AnswerOptions = {},
): UpstreamStep[] {
  const deltas = calls.flatMap(({ id, name, arguments: args }, index) => [
    chatChunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    chatChunk({ tool_calls: [{ index, function: { arguments: args } }] }),
  ]);
  return [{ type: 'chunks', chunks: [...deltas, ...ending('tool_calls', options)] }];
}

/** A refusal with a JSON body, as before the first byte of a stream. */
export function failure(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): UpstreamStep[] {
  const head = { 'content-type': 'application/json', ...headers };
  return [
    { type: 'head', status, headers: head },
    { type: 'chunks', chunks: [JSON.stringify(body)] },
  ];
}

function ending(finishReason: string, options: AnswerOptions): string[] {
  const { usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } } = options;
  const counted =
    usage === null ? [] : [sseEvent({ id: 'chatcmpl-up', choices: [], usage, ...options.fields })];
  return [
    chatChunk({}, options.finishReason ?? finishReason, options.fields),
    ...counted,
    'data: [DONE]\n\n',
  ];
}
