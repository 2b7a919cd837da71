import type { Identity } from '../api-keys/authenticate.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import { countInputTokens } from '../request/direct-request.ts';
import type { Place, RunClass } from '../run-store/backlog/place.ts';
import type { RunRequest } from '../runs/run-request.ts';

type Asked = Pick<RunRequest, 'chat' | 'direct'>;

/** Where a request stands when it has to wait. */
export function placeOf(asked: Asked, { tenant, scopes, weight = 1, group }: Identity): Place {
  const flow = group === undefined ? `tenant:${tenant}` : `group:${group}`;
  return { runClass: classOf(asked.chat, scopes), flow, weight, cost: estimateTokens(asked) };
}

/** `priority` is for keys that may ask for it; for others it is as if they had not. */
function classOf({ service_tier: tier }: AgentRequest, scopes: Identity['scopes']): RunClass {
  if (tier === 'flex') return 'flex';
  return tier === 'priority' && scopes.includes('priority') ? 'priority' : 'live';
}

/** The request with a tier that its key may ask for: providers are told it, and charge for `priority`. */
export function withAllowedTier<Asked extends Pick<RunRequest, 'chat' | 'response'>>(
  asked: Asked,
  scopes: Identity['scopes'],
): Asked {
  const { chat, response } = asked;
  if (chat.service_tier !== 'priority' || scopes.includes('priority')) return asked;
  const tier = { service_tier: 'auto' as const };
  return { ...asked, chat: { ...chat, ...tier }, ...(response && { response: { ...response, ...tier } }) };
}

const charactersPerToken = 4;
/** What an answer is believed to take when the request sets no limit; the end puts the real figure in its place. */
const usualAnswerTokens = 256;

function estimateTokens({ chat, direct }: Asked): number {
  const { messages, n, max_completion_tokens, max_tokens } = chat;
  const said = messages.reduce((sum, { content }) => sum + lengthOf(content), 0) / charactersPerToken;
  const prompt = direct === undefined ? said : countInputTokens(direct);
  if (direct?.endpoint === 'embeddings') return Math.max(1, Math.ceil(prompt));
  const answer = Math.min(max_completion_tokens ?? max_tokens ?? usualAnswerTokens, usualAnswerTokens);
  return Math.max(1, Math.ceil(prompt + answer * (n ?? 1)));
}

function lengthOf(content: AgentRequest['messages'][number]['content']): number {
  if (typeof content === 'string') return content.length;
  return (content ?? []).reduce((sum, part) => sum + ('text' in part ? String(part.text).length : 0), 0);
}
