import type { ChatCompletion } from '@calute/core/completions/chat/chat-completion';
import type { SseEvent } from '@calute/core/completions/sse-event';
import { CaluteError } from '@calute/core/errors';
import { runIdSchema } from '@calute/core/ids';
import type { CompletionOperations } from '../api-parts.ts';

/** Operations that do what the script says, and fail for what it does not mention. */
export function scriptedCompletions(script: Partial<CompletionOperations> = {}): CompletionOperations {
  return {
    createCompletion: async () => {
      throw new Error('createCompletion is not scripted');
    },
    createStreamingCompletion: () => {
      throw new Error('createStreamingCompletion is not scripted');
    },
    followStreamingCompletion: () => {
      throw new Error('followStreamingCompletion is not scripted');
    },
    cancelCompletion: async () => {
      throw new CaluteError('run_not_found', 'No such completion.');
    },
    ...script,
  };
}

/** Parts that answer with "hi", streaming or not, but for what the script says otherwise. */
export function answering(script: Partial<CompletionOperations> = {}): { completions: CompletionOperations } {
  return {
    completions: scriptedCompletions({
      createCompletion: async () => completionOf('hi'),
      createStreamingCompletion: () => batchesOf(eventsOf('h').slice(0, 1), eventsOf('h', 'i').slice(1)),
      ...script,
    }),
  };
}

export const runId = runIdSchema.parse('chatcmpl-scripted');

export function completionOf(text: string): ChatCompletion {
  return {
    id: runId,
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'echo',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null },
        finish_reason: 'stop',
        logprobs: null,
      },
    ],
    usage: {
      prompt_tokens: 3,
      completion_tokens: 2,
      total_tokens: 5,
      prompt_tokens_details: { cached_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
      processing_time: 0.5,
      tokens_per_second: 4,
    },
  };
}

/** The events of a stream that says `words`, as an encoder writes them. */
export function eventsOf(...words: readonly string[]): SseEvent[] {
  const chunks = [
    chunk({ role: 'assistant', content: '' }, null),
    ...words.map((content) => chunk({ content }, null)),
    chunk({}, 'stop'),
  ];
  return [...chunks.map((data) => JSON.stringify(data)), '[DONE]'].map((data, index) => ({
    id: index + 1,
    data,
  }));
}

function chunk(delta: object, finishReason: string | null): object {
  return {
    id: runId,
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'echo',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  };
}

export function errorEvent(id: number, error: CaluteError): SseEvent {
  return { id, data: JSON.stringify({ error: { message: error.message } }), error };
}

/** Batches that come at once, one by one. */
export async function* batchesOf(
  ...batches: readonly (readonly SseEvent[])[]
): AsyncGenerator<readonly SseEvent[]> {
  yield* batches;
}

/** Waits for the abort, which is a normal end. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
