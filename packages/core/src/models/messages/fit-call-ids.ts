import { createHash } from 'node:crypto';
import type { Message } from '../../request/message.ts';

/** What a provider takes for the id of a tool call. */
export interface CallIdRule {
  readonly pattern: RegExp;
  /** Makes one of 64 hexadecimal digits. */
  make(digest: string): string;
  /** Whether an id may come again in a later turn. */
  readonly mayRepeat: boolean;
}

/**
 * The conversation with ids of tool calls that its provider takes, the same for a call and its result: histories bring ids
 * of other providers. What fits stays as it is; what does not becomes a digest of the id and of how often it has come, so
 * that a longer conversation begins with the same ids, for the sake of prompt caches.
 */
export function fitCallIds(messages: readonly Message[], rule: CallIdRule): readonly Message[] {
  const seen = new Map<string, number>();
  /** Of the calls of the last turn: a result belongs to the newest call of its id. */
  const fitted = new Map<string, string>();
  const fit = (id: string): string => {
    const times = seen.get(id) ?? 0;
    seen.set(id, times + 1);
    const stays = rule.pattern.test(id) && (times === 0 || rule.mayRepeat);
    const next = stays ? id : rule.make(digest(times === 0 ? id : `${id} ${times}`));
    fitted.set(id, next);
    return next;
  };
  return messages.map((message) => {
    if (message.role === 'assistant' && message.tool_calls !== undefined)
      return { ...message, tool_calls: message.tool_calls.map((call) => ({ ...call, id: fit(call.id) })) };
    if (message.role !== 'tool') return message;
    const id = message.tool_call_id;
    return { ...message, tool_call_id: fitted.get(id) ?? fit(id) };
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
