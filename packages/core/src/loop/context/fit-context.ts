import type { Agent, ContextPolicy } from '../../agent/agent.ts';
import { CaluteError } from '../../errors.ts';
import type { ModelCall } from '../../models/model-provider.ts';
import type { Message } from '../../request/message.ts';
import type { Compaction, RunUsage } from '../../runs/run-end.ts';
import type { AgentRun } from '../agent-run.ts';
import { createTokenCounter, type TokenCounter } from './count-tokens.ts';
import { groupMessages, isInstruction, type MessageGroup } from './group-messages.ts';
import { keepNewest } from './keep-newest.ts';
import { summarise, summaryTokens } from './summarise.ts';

/** A conversation that may be shortened. */
export interface Shortenable {
  /** Without anybody's prompt. */
  messages: readonly Message[];
  /** Gets what calls of models have used for it. */
  unstored: readonly RunUsage[];
  /** What has been left out so far. */
  compaction: Compaction | undefined;
}

/**
 * The call as it may be sent: itself while it is short enough for the agent's `context`, or when the agent has none, which so
 * pays nothing. What has to be left out is left out of the conversation for good; the prompt that the agent has put around
 * it stays. Throws CaluteError `context_length_exceeded`, and whatever the model that summarises throws.
 */
export type FitContext = (
  agent: Agent,
  call: ModelCall,
  conversation: Shortenable,
) => ModelCall | Promise<ModelCall>;

type Part<Strategy> = Extract<ContextPolicy, { strategy: Strategy }>;

export function createFitContext(run: AgentRun): FitContext {
  const counter = createTokenCounter();
  const summaries = new Set<Message>();
  return (agent, call, conversation) => {
    const { context } = agent;
    if (context === undefined) return call;
    const said = new Set(conversation.messages);
    const isFixed = (message: Message) => isInstruction(message) || !said.has(message);
    const fit = { run: { ...run, agent }, counter, summaries, call, conversation, isFixed };
    const tokens = countCall(fit, call);
    if (tokens <= context.maxTokens) return call;
    switch (context.strategy) {
      case 'refuse':
        if (run.request.truncation === 'auto') return slide(fit, { ...context, strategy: 'sliding-window' });
        throw tooLong(fit, `This conversation has about ${tokens} tokens`);
      case 'sliding-window':
        return slide(fit, context);
      case 'summarise':
        return replaceBySummary(fit, context);
    }
  };
}

interface Fit {
  /** With the agent that speaks. */
  readonly run: AgentRun;
  readonly counter: TokenCounter;
  /** Summaries of this run: one that is summarised again counts for none of the conversation. */
  readonly summaries: Set<Message>;
  readonly call: ModelCall;
  readonly conversation: Shortenable;
  /** Instructions, and what the agent has put around the conversation. */
  readonly isFixed: (message: Message) => boolean;
}

function slide(fit: Fit, context: Part<'sliding-window'>): ModelCall {
  const { call, isFixed } = fit;
  const { kept } = select(fit, { maxTokens: context.maxTokens });
  const messages = call.messages.filter((message) => isFixed(message) || kept.has(message));
  return shorten(fit, context, messages);
}

async function replaceBySummary(fit: Fit, context: Part<'summarise'>): Promise<ModelCall> {
  const { call, conversation, isFixed } = fit;
  const { maxTokens, keepLast: maxMessages } = context;
  const reserved = summaryTokens(context);
  const { kept, older } = select(fit, { maxTokens: maxTokens - reserved, maxMessages });
  const { message, usage } = await summarise(fit.run, context, older);
  conversation.unstored = [...conversation.unstored, usage];
  const messages = call.messages.filter((one) => isFixed(one) || kept.has(one));
  const first = messages.findIndex((one) => !isFixed(one));
  messages.splice(first === -1 ? messages.length : first, 0, message);
  fit.summaries.add(message);
  const tokens = countCall(fit, { ...call, messages });
  if (tokens > maxTokens)
    throw tooLong(fit, `Even with a summary this conversation has about ${tokens} tokens`);
  return shorten(fit, context, messages);
}

interface Selection {
  readonly kept: ReadonlySet<Message>;
  readonly older: readonly Message[];
}

function select(
  fit: Fit,
  { maxTokens, maxMessages }: { readonly maxTokens: number; readonly maxMessages?: number | undefined },
): Selection {
  const { call, counter, isFixed } = fit;
  const countTokens = (group: MessageGroup) => sum(counter, group);
  const fixed = counter.ofFrame(call) + sum(counter, call.messages.filter(isFixed));
  const groups = groupMessages(call.messages.filter((message) => !isFixed(message)));
  const newest = keepNewest(groups, { maxTokens: maxTokens - fixed, maxMessages, countTokens });
  if (newest === undefined) throw tooLong(fit, 'What has to stay of this conversation has too many tokens');
  const kept = new Set(newest.flat());
  return { kept, older: groups.flat().filter((message) => !kept.has(message)) };
}

/** Shortens the conversation as well, counts what is left out, and tells the operator. */
function shorten(
  fit: Fit,
  { strategy }: Part<'sliding-window' | 'summarise'>,
  messages: readonly Message[],
): ModelCall {
  const { call, conversation, summaries, run } = fit;
  const kept = new Set(messages);
  const isLeftOut = (message: Message) => !kept.has(message) && !summaries.has(message);
  const before = conversation.compaction?.messages ?? 0;
  conversation.compaction = { strategy, messages: before + call.messages.filter(isLeftOut).length };
  const said = new Set(conversation.messages);
  conversation.messages = messages.filter((message) => said.has(message) || summaries.has(message));
  const fitted = { ...call, messages };
  run.note?.({
    type: 'context-compacted',
    strategy,
    messagesBefore: call.messages.length,
    messagesAfter: messages.length,
    tokensBefore: countCall(fit, call),
    tokensAfter: countCall(fit, fitted),
  });
  return fitted;
}

function countCall({ counter }: Fit, call: ModelCall): number {
  return counter.ofFrame(call) + sum(counter, call.messages);
}

function sum(counter: TokenCounter, messages: readonly Message[]): number {
  return messages.reduce((total, message) => total + counter.ofMessage(message), 0);
}

function tooLong({ run: { agent } }: Fit, what: string): CaluteError {
  const most = agent.context?.maxTokens ?? 0;
  const message = `${what}; the model "${agent.id}" takes ${most} at most. Shorten it.`;
  return new CaluteError('context_length_exceeded', message, { param: 'messages' });
}
