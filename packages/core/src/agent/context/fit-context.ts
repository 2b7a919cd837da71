import { CaluteError } from '../../errors.ts';
import type { ChatMessage } from '../../protocol/chat-message.ts';
import type { Compaction, RunUsage } from '../../runs/run-end.ts';
import type { ContextPolicy } from '../agent.ts';
import type { AgentRun } from '../loop/agent-run.ts';
import type { ModelCall } from '../providers/model-provider.ts';
import { createTokenCounter, type TokenCounter } from './count-tokens.ts';
import { groupMessages, isInstruction, type MessageGroup } from './group-messages.ts';
import { keepNewest } from './keep-newest.ts';
import { summarise, summaryTokens } from './summarise.ts';

/** Keeps the calls of one run within the agent's `context`. */
export interface ContextFit {
  /**
   * The call as it may be sent, and what making it so has cost; the call itself while it is short enough. Throws CaluteError
   * `context_length_exceeded`, and whatever the model that summarises throws.
   */
  fit(call: ModelCall): Promise<FittedCall>;
  /** What has been left out so far. */
  readonly compaction: Compaction | undefined;
}

export interface FittedCall {
  readonly call: ModelCall;
  /** Undefined when no model was asked. */
  readonly usage?: RunUsage;
}

type Part<Strategy> = Extract<ContextPolicy, { strategy: Strategy }>;

/** Undefined for an agent without `context`, which so pays nothing. */
export function createContextFit(run: AgentRun): ContextFit | undefined {
  const { context } = run.agent;
  if (context === undefined) return undefined;
  const state: FitState = { run, counter: createTokenCounter(), summaries: new Set(), leftOut: 0 };
  return {
    async fit(call) {
      const tokens = countCall(state, call);
      if (tokens <= context.maxTokens) return { call };
      switch (context.strategy) {
        case 'refuse':
          throw tooLong(state, `This conversation has about ${tokens} tokens`);
        case 'sliding-window':
          return slide(state, context, call);
        case 'summarise':
          return await replaceBySummary(state, context, call);
      }
    },
    get compaction() {
      if (context.strategy === 'refuse' || state.leftOut === 0) return undefined;
      return { strategy: context.strategy, messages: state.leftOut };
    },
  };
}

interface FitState {
  readonly run: AgentRun;
  readonly counter: TokenCounter;
  /** Summaries of this run: one that is summarised again counts for none of the conversation. */
  readonly summaries: Set<ChatMessage>;
  leftOut: number;
}

function slide(state: FitState, context: Part<'sliding-window'>, call: ModelCall): FittedCall {
  const { kept } = select(state, call, { maxTokens: context.maxTokens });
  const fitted = {
    ...call,
    messages: call.messages.filter((message) => isInstruction(message) || kept.has(message)),
  };
  return { call: note(state, context, { from: call, to: fitted }) };
}

async function replaceBySummary(
  state: FitState,
  context: Part<'summarise'>,
  call: ModelCall,
): Promise<FittedCall> {
  const { maxTokens, keepLast: maxMessages } = context;
  const reserved = summaryTokens(context);
  const { kept, older } = select(state, call, { maxTokens: maxTokens - reserved, maxMessages });
  const { message, usage } = await summarise(state.run, context, older);
  const messages = [...call.messages.filter((one) => isInstruction(one) || kept.has(one))];
  const first = messages.findIndex((one) => !isInstruction(one));
  messages.splice(first === -1 ? messages.length : first, 0, message);
  const fitted = { ...call, messages };
  state.summaries.add(message);
  const tokens = countCall(state, fitted);
  if (tokens > maxTokens)
    throw tooLong(state, `Even with a summary this conversation has about ${tokens} tokens`);
  return { call: note(state, context, { from: call, to: fitted }), usage };
}

interface Selection {
  readonly kept: ReadonlySet<ChatMessage>;
  readonly older: readonly ChatMessage[];
}

function select(
  state: FitState,
  call: ModelCall,
  { maxTokens, maxMessages }: { readonly maxTokens: number; readonly maxMessages?: number | undefined },
): Selection {
  const { counter } = state;
  const countTokens = (group: MessageGroup) => sum(counter, group);
  const fixed = counter.ofFrame(call) + sum(counter, call.messages.filter(isInstruction));
  const groups = groupMessages(call.messages);
  const newest = keepNewest(groups, { maxTokens: maxTokens - fixed, maxMessages, countTokens });
  if (newest === undefined) throw tooLong(state, 'What has to stay of this conversation has too many tokens');
  const kept = new Set(newest.flat());
  return { kept, older: groups.flat().filter((message) => !kept.has(message)) };
}

/** Counts what is left out, and tells the operator. */
function note(
  state: FitState,
  { strategy }: Part<'sliding-window' | 'summarise'>,
  { from, to }: { readonly from: ModelCall; readonly to: ModelCall },
): ModelCall {
  const kept = new Set(to.messages);
  const isLeftOut = (message: ChatMessage) => !kept.has(message) && !state.summaries.has(message);
  state.leftOut += from.messages.filter(isLeftOut).length;
  state.run.note?.({
    type: 'context-compacted',
    strategy,
    messagesBefore: from.messages.length,
    messagesAfter: to.messages.length,
    tokensBefore: countCall(state, from),
    tokensAfter: countCall(state, to),
  });
  return to;
}

function countCall({ counter }: FitState, call: ModelCall): number {
  return counter.ofFrame(call) + sum(counter, call.messages);
}

function sum(counter: TokenCounter, messages: readonly ChatMessage[]): number {
  return messages.reduce((total, message) => total + counter.ofMessage(message), 0);
}

function tooLong({ run: { agent } }: FitState, what: string): CaluteError {
  const most = agent.context?.maxTokens ?? 0;
  const message = `${what}; the model "${agent.id}" takes ${most} at most. Shorten it.`;
  return new CaluteError('context_length_exceeded', message, { param: 'messages' });
}
