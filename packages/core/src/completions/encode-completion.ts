import type { CaluteError } from '../errors.ts';
import type { ChatCompletion } from '../protocol/chat-completion.ts';
import { type RunEnd, toClientError } from '../runs/run-end.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { ChunkHeader } from './encode-chunks.ts';
import { type CompletedEnd, encodeUsage } from './encode-usage.ts';

type CompletionHeader = Omit<ChunkHeader, 'includeUsage'>;

interface GatheredCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string[];
}

/** Gathers a run's events into one `chat.completion`; what it says equals what the stream of the same run says. */
export interface CompletionGatherer {
  add(event: Exclude<RunEvent, { type: 'run-end' }>): void;
  finish(end: CompletedEnd): ChatCompletion;
  fail(end: Exclude<RunEnd, CompletedEnd>): CaluteError;
}

export function createCompletionGatherer(header: CompletionHeader): CompletionGatherer {
  const text: string[] = [];
  const reasoning: string[] = [];
  const logprobs: unknown[] = [];
  const calls: GatheredCall[] = [];
  let mayHaveStartedTools = false;
  return {
    add(event) {
      switch (event.type) {
        case 'text-delta':
          text.push(event.text);
          logprobs.push(...(event.logprobs ?? []));
          return;
        case 'reasoning-delta':
          reasoning.push(event.text);
          return;
        case 'tool-call':
          calls[event.index] = { id: event.id, name: event.name, arguments: [] };
          return;
        case 'tool-call-delta':
          calls[event.index]?.arguments.push(event.arguments);
          return;
        case 'step-calls':
          mayHaveStartedTools = true;
      }
    },
    finish: (end) =>
      encodeCompletion(header, { text: text.join(''), reasoning: reasoning.join(''), logprobs, calls }, end),
    fail: (end) => toClientError(end, mayHaveStartedTools),
  };
}

interface Gathered {
  readonly text: string;
  readonly reasoning: string;
  readonly logprobs: readonly unknown[];
  readonly calls: readonly GatheredCall[];
}

function encodeCompletion(
  { id, created, model }: CompletionHeader,
  gathered: Gathered,
  end: CompletedEnd,
): ChatCompletion {
  const { text, reasoning, logprobs, calls } = gathered;
  const toolCalls = calls.map((call) => ({
    id: call.id,
    type: 'function' as const,
    function: { name: call.name, arguments: call.arguments.join('') },
  }));
  const message = {
    role: 'assistant' as const,
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning, reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message,
        finish_reason: end.finishReason,
        logprobs: logprobs.length === 0 ? null : { content: logprobs },
      },
    ],
    usage: encodeUsage(end),
    ...(end.serviceTier === undefined ? {} : { service_tier: end.serviceTier }),
  };
}
