import type { Agent } from '../agent/agent.ts';
import { CaluteError } from '../errors.ts';
import type { ToolChoice } from '../request/client-tool.ts';
import type { Message } from '../request/message.ts';
import type { Compaction, RunUsage } from '../runs/run-end.ts';
import type { CommittedStep } from '../runs/run-history.ts';
import { sumUsage } from '../runs/sum-usage.ts';
import type { AgentRun, Speaker } from './agent-run.ts';

/** Where a run stands between two calls of the model. */
export interface Conversation {
  /** Who is asked next. */
  speaker: Speaker;
  /** What the client sent and what the turns of the agents have added, without anybody's instructions. */
  messages: readonly Message[];
  toolChoice: ToolChoice | undefined;
  /** How many calls of the model are done. */
  steps: number;
  handoffs: number;
  /** How many tools of agents have been called, as far as the request limits it. */
  ownCalls: number;
  usage: RunUsage;
  /** What calls of models have used that are no step of their own; the next step has it. */
  unstored: readonly RunUsage[];
  compaction: Compaction | undefined;
}

export function startConversation({ agent, request }: AgentRun): Conversation {
  return {
    speaker: { agent, model: agent.model },
    messages: request.messages,
    toolChoice: request.tool_choice,
    steps: 0,
    handoffs: 0,
    ownCalls: 0,
    usage: sumUsage([]),
    unstored: [],
    compaction: undefined,
  };
}

/** Lets this one speak from now on. */
export function giveFloor(conversation: Conversation, speaker: Speaker): void {
  conversation.speaker = speaker;
}

/** Gives the floor to whom an earlier attempt had speak in this step. */
export function recallSpeaker(
  run: AgentRun,
  conversation: Conversation,
  { agent: id, model }: CommittedStep,
): void {
  const agent = id === undefined ? run.agent : requireAgent(run, id);
  // The agent's file may have changed since: a model that is no longer in it is not asked again.
  const isKnown = agent.fallback.some((one) => 'model' in one && one.model === model);
  giveFloor(conversation, { agent, model: model !== undefined && isKnown ? model : agent.model });
}

/** Counts a call of the model. */
export function countStep(conversation: Conversation, usage: RunUsage): void {
  conversation.steps += 1;
  conversation.usage = sumUsage([conversation.usage, usage]);
}

/** Adds the turn of a step and what its calls came to, and passes the conversation on when the step says so. */
export function addTurn(
  run: AgentRun,
  conversation: Conversation,
  { turn, handoff }: { readonly turn: readonly Message[]; readonly handoff: CommittedStep['handoff'] },
): void {
  conversation.messages = [...conversation.messages, ...turn];
  // A forced choice is for the first answer only: kept up, the model could never finish.
  if (conversation.toolChoice !== 'none') conversation.toolChoice = undefined;
  if (handoff === undefined) return;
  const agent = requireAgent(run, handoff.agent);
  conversation.handoffs += 1;
  giveFloor(conversation, { agent, model: agent.model });
}

function requireAgent({ agent, findAgent }: AgentRun, id: string): Agent {
  const found = id === agent.id ? agent : findAgent?.(id);
  if (found !== undefined) return found;
  const message = `The agent "${id}", to which the conversation was passed, is not on this worker; try again.`;
  throw new CaluteError('agent_unavailable', message);
}
