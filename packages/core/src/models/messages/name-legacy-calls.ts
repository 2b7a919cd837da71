import type { Message } from '../../request/message.ts';

/** Calls of the legacy `function_call`, which have no id. */
interface LegacyCalls {
  made: number;
  /** Those still without a result. */
  readonly open: { readonly id: string; readonly name: string }[];
}

/** The legacy `function_call` and `function` role as a tool call with an id, and its result. */
export function nameLegacyCalls(messages: readonly Message[]): readonly Message[] {
  const legacy: LegacyCalls = { made: 0, open: [] };
  return messages.map((message) => nameCalls(message, legacy));
}

function nameCalls(message: Message, legacy: LegacyCalls): Message {
  if (message.role === 'function') {
    const { name, content } = message;
    return { role: 'tool', tool_call_id: takeId(name, legacy), content: content ?? '' };
  }
  if (message.role !== 'assistant' || message.function_call === undefined) return message;
  const { function_call: called, tool_calls: calls = [], ...rest } = message;
  const id = `call_legacy_${legacy.made++}`;
  legacy.open.push({ id, name: called.name });
  return { ...rest, tool_calls: [...calls, { id, type: 'function', function: called }] };
}

function takeId(name: string, { open }: LegacyCalls): string {
  const at = open.findIndex((call) => call.name === name);
  return at === -1 ? `call_legacy_${name}` : (open.splice(at, 1)[0]?.id ?? '');
}
