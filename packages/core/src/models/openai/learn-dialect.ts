import type { Message } from '../../request/message.ts';
import type { ModelCall } from '../model-provider.ts';
import type { Dialect, ReturnableField } from './dialect.ts';

/** What a server has said of a request. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
}

/**
 * What a refusal says about the dialect of its server; undefined when it is about something else. Only for what was not
 * asked for by anybody but is our way of asking. Each lesson is learnt once, so that two of them never take turns. Texts are
 * read, because servers have no codes for this.
 */
export function learnDialect(
  { status, body }: Refusal,
  { messages, sampling }: ModelCall,
  { known, usual }: { readonly known: Dialect; readonly usual: Dialect },
): Dialect | undefined {
  if (status !== 400 && status !== 422) return undefined;
  if (known.streamOptions && body.includes('stream_options')) return { ...known, streamOptions: false };
  const isFirstName = known.maxTokensField === usual.maxTokensField;
  if (isFirstName && sampling.maxTokens !== undefined && refusesName(body, known.maxTokensField))
    return { ...known, maxTokensField: otherName[known.maxTokensField] };
  const hasLate = messages.some(
    ({ role }, index) => index > 0 && (role === 'system' || role === 'developer'),
  );
  if (known.lateSystem === 'system' && hasLate && wantsSystemInFront.test(body))
    return { ...known, lateSystem: 'user' };
  const refused = known.returns.find(
    (name) => messages.some((message) => has(message, name)) && isRefused(body, name),
  );
  if (refused !== undefined) return { ...known, returns: known.returns.filter((name) => name !== refused) };
  return undefined;
}

/** A server that misses a field names it as well. */
function isRefused(body: string, name: ReturnableField): boolean {
  return new RegExp(`\\b${name}\\b`).test(body) && unknownName.test(body) && !/must be/i.test(body);
}

function has(message: Message, name: ReturnableField): boolean {
  if (message.role !== 'assistant') return false;
  return [message, ...(message.tool_calls ?? [])].some((one) => name in one);
}

const otherName = { max_tokens: 'max_completion_tokens', max_completion_tokens: 'max_tokens' } as const;

/** A value that is too large is refused by the same name, which another name would not mend. */
function refusesName(body: string, name: Dialect['maxTokensField']): boolean {
  const isNamed = new RegExp(`\\b${name}\\b`).test(body);
  return isNamed && (new RegExp(`\\b${otherName[name]}\\b`).test(body) || unknownName.test(body));
}

const unknownName =
  /unsupported|not supported|unrecognized|unknown|unexpected|not permitted|not allowed|extra_forbidden/i;

/** Source: the chat templates of Qwen ("System message must be at the beginning.") and Mistral ("Unexpected role 'system' after …"). */
const wantsSystemInFront =
  /system (message|role|prompt)[^.]{0,80}(beginning|first|start)|unexpected role '?system/i;
