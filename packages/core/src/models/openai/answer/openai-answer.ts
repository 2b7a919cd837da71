import type { ModelCall, ModelEvent } from '../../model-provider.ts';
import type { Fields } from './fields.ts';
import { createHalves, type Halves } from './halves.ts';
import { ToolCalls } from './tool-calls.ts';

/** What is known of an answer so far. */
export interface OpenAiAnswer {
  readonly wantsLogprobs: boolean;
  readonly toolCalls: ToolCalls;
  readonly halves: { readonly 'text-delta': Halves; readonly 'reasoning-delta': Halves };
  /** What the deltas have said; a whole message beside them that says the same is a repetition. */
  readonly said: { text: boolean; reasoning: boolean; calls: boolean };
  /** Whether the model declined: its words are the text, and the end says `content_filter`. */
  refused: boolean;
  /** What the bytes read last have brought. */
  events: ModelEvent[];
  /** How many deltas the upstream has sent; several may be one event. */
  deltas: number;
  logprobs: readonly unknown[];
  finishReason: string | undefined;
  usage: Fields | undefined;
  serviceTier: string | undefined;
  /** Where its reasoning came. */
  reasoningField: 'reasoning' | 'reasoning_content' | undefined;
  /** Whether the server has said that nothing follows. */
  isDone: boolean;
  /** Whether the last chunk that had a choice said nothing: so servers end that give no reason. */
  isLastEmpty: boolean;
  /** Names of fields that have said something, in an answer of which nothing could be read so far. */
  unread: readonly string[];
}

const noLogprobs: readonly unknown[] = [];

export function createAnswer(call: ModelCall): OpenAiAnswer {
  return {
    wantsLogprobs: call.parameters.logprobs === true || wantsLogprobs(call.direct),
    toolCalls: new ToolCalls(call),
    halves: { 'text-delta': createHalves(), 'reasoning-delta': createHalves() },
    said: { text: false, reasoning: false, calls: false },
    refused: false,
    events: [],
    deltas: 0,
    logprobs: noLogprobs,
    finishReason: undefined,
    usage: undefined,
    serviceTier: undefined,
    reasoningField: undefined,
    isDone: false,
    isLastEmpty: false,
    unread: [],
  };
}

function wantsLogprobs(direct: ModelCall['direct']): boolean {
  return direct?.endpoint === 'completions' && direct.logprobs !== undefined;
}

/** Whether nothing has been said, nor has a call begun. */
export function isSilent({ deltas, toolCalls }: OpenAiAnswer): boolean {
  return deltas === 0 && toolCalls.size === 0;
}

/** Adds text with the logprobs that came with it. */
export function pushText(answer: OpenAiAnswer, text: string): void {
  const { logprobs } = answer;
  const event: ModelEvent = { type: 'text-delta', text };
  answer.logprobs = noLogprobs;
  pushDelta(answer, logprobs.length === 0 ? event : { ...event, logprobs: [...logprobs] });
}

/** Adds what `chunks` of the stream have said. */
export function pushDelta(answer: OpenAiAnswer, event: ModelEvent, chunks = 1): void {
  if (event.type !== 'tool-call' && event.type !== 'opaque-delta') answer.deltas += chunks;
  if (event.type !== 'text-delta' && event.type !== 'reasoning-delta') {
    answer.events.push(event);
    return;
  }
  const text = answer.halves[event.type].join(event.text);
  if (text === event.text) answer.events.push(event);
  else if (text !== '' || 'logprobs' in event) answer.events.push({ ...event, text });
}

/** The halves of characters that nothing has followed. */
export function endHalves({ halves }: OpenAiAnswer): readonly ModelEvent[] {
  const types = ['reasoning-delta', 'text-delta'] as const;
  return types.map((type) => ({ type, text: halves[type].end() })).filter(({ text }) => text !== '');
}
