import type { Message } from '../../request/message.ts';
import type { AgentRun } from '../agent-run.ts';
import { createTokenCounter, type TokenCounter } from './count-tokens.ts';
import type { Shortenable } from './fit-context.ts';
import { groupMessages, isInstruction, type MessageGroup } from './group-messages.ts';
import { keepNewest } from './keep-newest.ts';

/** How much of a conversation is left by each time that its provider finds it too long, by estimate. */
const keptPart = 0.7;

/**
 * Leaves the oldest messages out of a conversation that its provider finds too long, by the rules of a sliding window.
 * Nobody says how long it may be, so it gets shorter by a part each time. False when what has to stay is all that is left.
 */
export function dropOldest(run: Pick<AgentRun, 'note'>, conversation: Shortenable): boolean {
  const counter = createTokenCounter();
  const countTokens = (group: MessageGroup) => count(group, counter);
  const groups = groupMessages(conversation.messages);
  const maxTokens = keptPart * count(groups.flat(), counter);
  const newest = keepNewest(groups, { maxTokens, countTokens });
  if (newest === undefined || newest.length === groups.length) return false;
  const kept = new Set(newest.flat());
  const { messages } = conversation;
  conversation.messages = messages.filter((message) => isInstruction(message) || kept.has(message));
  const strategy = 'sliding-window';
  const left = messages.length - conversation.messages.length;
  conversation.compaction = { strategy, messages: (conversation.compaction?.messages ?? 0) + left };
  run.note?.({
    type: 'context-compacted',
    strategy,
    messagesBefore: messages.length,
    messagesAfter: conversation.messages.length,
    tokensBefore: count(messages, counter),
    tokensAfter: count(conversation.messages, counter),
  });
  return true;
}

function count(messages: readonly Message[], counter: TokenCounter): number {
  return messages.reduce((total, message) => total + counter.ofMessage(message), 0);
}
