import { readFinishReason } from '../../finish-reason.ts';
import { saysSomething } from '../../upstream/says-something.ts';
import { readInBandFault } from '../../upstream/upstream-error-body.ts';
import { type Fields, nameKeys, nameKind, toFields, toList, toText } from './fields.ts';

/** What is read of one chunk of an OpenAI-compatible stream; everything else that servers send is ignored. */
export interface Chunk {
  /** What it adds to the answer. */
  readonly delta: Fields | undefined;
  /** What some servers send in place of the delta, or beside it. */
  readonly message: Fields | undefined;
  readonly finishReason: string | undefined;
  readonly logprobs: readonly unknown[];
  readonly usage: Fields | undefined;
  readonly serviceTier: string | undefined;
}

export type ParsedChunk =
  | { readonly kind: 'chunk'; readonly chunk: Chunk }
  /** The server says that it failed. */
  | { readonly kind: 'error'; readonly value: unknown }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unreadable'; readonly what: string };

const nothing: ParsedChunk = { kind: 'nothing' };
/** What comes without saying anything: keep-alives, and what servers tell of the answer as a whole. */
const silentKeys: ReadonlySet<string> = new Set(
  'id object created model type choices service_tier system_fingerprint provider prompt_filter_results'.split(
    ' ',
  ),
);

/**
 * Reads what the JSON of one event stands for. By hand: a schema costs more than the rest of a token's way through a
 * worker.
 */
export function readChunkValue(json: unknown): ParsedChunk {
  const value = toFields(json);
  if (value === undefined) return saysSomething(json) ? toUnreadable(nameKind(json)) : nothing;
  if (saysSomething(value['error'])) return { kind: 'error', value };
  const { choices } = value;
  const first = Array.isArray(choices) ? choices[0] : choices;
  if (first === undefined || first === null) return readBareValue(value);
  const choice = toFields(first);
  if (choice === undefined) return toUnreadable(`a choice that is ${nameKind(first)}`);
  const fault = choice['error'] ?? toFields(choice['delta'])?.['error'];
  if (saysSomething(fault)) return { kind: 'error', value: { error: fault } };
  return readChoice(value, choice);
}

function readChoice(value: Fields, choice: Fields): ParsedChunk {
  const { delta, message } = choice;
  for (const said of [delta, message]) {
    if (said !== undefined && said !== null && toFields(said) === undefined)
      return toUnreadable(`a delta that is ${nameKind(said)}`);
  }
  return {
    kind: 'chunk',
    chunk: {
      // Without either it may say its text itself, as completions of the older kind do.
      delta: toFields(delta) ?? (message === undefined || message === null ? toBareDelta(choice) : undefined),
      message: toFields(message),
      finishReason: readFinishReason(choice['finish_reason']),
      logprobs: readLogprobs(choice['logprobs']),
      usage: findUsage(value, choice),
      serviceTier: toText(value['service_tier']),
    },
  };
}

/** Of a chat one entry for each token; of completions of the older kind one object of lists. */
function readLogprobs(logprobs: unknown): readonly unknown[] {
  const fields = toFields(logprobs);
  return Array.isArray(fields?.['tokens']) ? [fields] : toList(fields?.['content']);
}

function toBareDelta(choice: Fields): Fields {
  const { text, content, tool_calls, index, finish_reason, logprobs, usage, ...rest } = choice;
  return { ...rest, content: content ?? text, tool_calls };
}

/** Of a value without a choice. */
function readBareValue(value: Fields): ParsedChunk {
  const usage = findUsage(value);
  const serviceTier = toText(value['service_tier']);
  if (usage !== undefined || serviceTier !== undefined) {
    const chunk = {
      delta: undefined,
      message: undefined,
      finishReason: undefined,
      logprobs: [],
      usage,
      serviceTier,
    };
    return { kind: 'chunk', chunk };
  }
  // A message of a model has a role or a content, and is no fault.
  const message = toFields(value['message']);
  const fault =
    message?.['role'] === undefined && message?.['content'] === undefined ? readInBandFault(value) : {};
  if (fault.message !== undefined) return { kind: 'error', value };
  const unread = Object.keys(value).filter((key) => !silentKeys.has(key) && saysSomething(value[key]));
  if (unread.length === 0 || Array.isArray(value['choices'])) return nothing;
  return toUnreadable(`a chunk without choices, but with ${nameKeys(unread)}`);
}

/** Kimi has it in the choice, Groq in a field of its own. */
function findUsage(value: Fields, choice?: Fields): Fields | undefined {
  return (
    toFields(value['usage']) ?? toFields(choice?.['usage']) ?? toFields(toFields(value['x_groq'])?.['usage'])
  );
}

function toUnreadable(what: string): ParsedChunk {
  return { kind: 'unreadable', what };
}
