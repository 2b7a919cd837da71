import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { CommittedStep } from '../../runs/run-history.ts';
import type { Agent, InstructionsContext } from '../agent.ts';
import type { ResolveModel } from '../providers/model-provider.ts';

/** What an agent is run with. */
export interface AgentRun {
  /** With the request's sampling values already applied. */
  readonly agent: Agent;
  readonly request: ChatRequest;
  readonly resolveModel: ResolveModel;
  readonly context: InstructionsContext;
  /** The steps of an earlier attempt, which are not done again. */
  readonly committed?: readonly CommittedStep[];
  /** Which of the request's choices it is, from 0. */
  readonly choice?: number;
  readonly signal: AbortSignal;
}
