import { mergeOpaque, type OpaqueFields } from '../../runs/opaque-fields.ts';
import { type FinishReason, toClientError } from '../../runs/run-end.ts';
import { type RunEvent, startsTools } from '../../runs/run-event.ts';
import { encodeNote } from '../encode-note.ts';
import { encodeUsage } from '../encode-usage.ts';
import type { Gatherer } from '../run-encoding.ts';
import type { ChatCompletion, CompletionChoice } from './chat-completion.ts';
import type { ChunkHeader } from './encode-chunks.ts';

type CompletionHeader = Pick<ChunkHeader, 'id' | 'created' | 'model'>;

/** Gathers a run's events into one `chat.completion`. */
export function createCompletionGatherer({ id, created, model }: CompletionHeader): Gatherer<ChatCompletion> {
  const first = newChoice();
  const choices = [first];
  const choiceOf = (choice = 0) => (choices[choice] ??= newChoice());
  let mayHaveStartedTools = false;
  return {
    add(event) {
      mayHaveStartedTools ||= startsTools(event);
      gather(choiceOf(event.choice), event);
    },
    finish(end) {
      const [, ...others] = choices;
      const encode = (gathered: GatheredChoice, index: number) =>
        encodeChoice(gathered, index, gathered.finishReason ?? end.finishReason);
      return {
        id,
        object: 'chat.completion',
        created,
        model,
        choices: [encode(first, 0), ...others.map((gathered, index) => encode(gathered, index + 1))],
        usage: encodeUsage(end),
        ...(end.serviceTier === undefined ? {} : { service_tier: end.serviceTier }),
        ...encodeNote(end),
      };
    },
    fail: (end) => toClientError(end, mayHaveStartedTools),
  };
}

interface GatheredCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string[];
  opaque: OpaqueFields | undefined;
}

interface GatheredChoice {
  readonly text: string[];
  readonly reasoning: string[];
  readonly logprobs: unknown[];
  readonly calls: GatheredCall[];
  opaque: OpaqueFields | undefined;
  /** Only where several choices were asked for; else the run's end has it. */
  finishReason: FinishReason | undefined;
}

function newChoice(): GatheredChoice {
  return { text: [], reasoning: [], logprobs: [], calls: [], opaque: undefined, finishReason: undefined };
}

function gather(choice: GatheredChoice, event: Exclude<RunEvent, { type: 'run-end' }>): void {
  switch (event.type) {
    case 'text-delta':
      choice.text.push(event.text);
      choice.logprobs.push(...(event.logprobs ?? []));
      return;
    case 'reasoning-delta':
      choice.reasoning.push(event.text);
      return;
    case 'tool-call':
      choice.calls[event.index] = {
        id: event.id,
        name: event.name,
        arguments: [],
        opaque: event.opaque,
      };
      return;
    case 'tool-call-delta':
      choice.calls[event.index]?.arguments.push(event.arguments);
      return;
    case 'opaque-delta': {
      const owner = event.index === undefined ? choice : choice.calls[event.index];
      if (owner) owner.opaque = mergeOpaque(owner.opaque, event.fields);
      return;
    }
    case 'choice-end':
      choice.finishReason = event.end.finishReason;
  }
}

function encodeChoice(
  { calls, opaque, ...gathered }: GatheredChoice,
  index: number,
  finishReason: FinishReason,
): CompletionChoice {
  const text = gathered.text.join('');
  const reasoning = gathered.reasoning.join('');
  const toolCalls = calls.map((call) => ({
    id: call.id,
    type: 'function' as const,
    function: { name: call.name, arguments: call.arguments.join('') },
    ...call.opaque,
  }));
  const message = {
    role: 'assistant' as const,
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning, reasoning_content: reasoning }),
    ...opaque,
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
  const logprobs = gathered.logprobs.length === 0 ? null : { content: gathered.logprobs };
  return { index, message, finish_reason: finishReason, logprobs };
}
