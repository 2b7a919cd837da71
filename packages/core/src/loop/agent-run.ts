import type { Agent, FindAgent, InstructionsContext } from '../agent/agent.ts';
import type { ResolveModel } from '../models/model-provider.ts';
import type { Patience } from '../models/pacing/patience.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import type { CommittedStep } from '../runs/run-history.ts';
import type { AgentNote } from './agent-note.ts';

/** What an agent is run with. */
export interface AgentRun {
  /** With the request's sampling values already applied. */
  readonly agent: Agent;
  /** The agents that may take over, with the request's sampling values already applied; absent: there are none. */
  readonly findAgent?: FindAgent;
  readonly request: AgentRequest;
  readonly resolveModel: ResolveModel;
  readonly context: InstructionsContext;
  /** The steps of an earlier attempt, which are not done again. */
  readonly committed?: readonly CommittedStep[];
  /** Which of the request's choices it is, from 0. */
  readonly choice?: number;
  /** Which branch of a team's run it is. Absent: the answer. */
  readonly branch?: string;
  /** What its answer has to be, beside its format. */
  readonly demand?: AnswerDemand;
  /** Gives an agent the tools of its MCP servers; see `ToolServers`. Not asked for agents without any. */
  readonly equip?: (agent: Agent, signal: AbortSignal) => Promise<Agent>;
  readonly signal: AbortSignal;
  /** How model calls take a provider that does not want them now. @defaultValue they wait */
  readonly patience?: Pick<Patience, 'ifPaused' | 'deadlineMs'>;
  /** Told what an operator may want to know of the run. */
  readonly note?: (note: AgentNote) => void;
}

/** Something that an answer has to be which no format says. It is asked for a second time, as after a missed format. */
export interface AnswerDemand {
  /** As in "The model gave no usable plan." */
  readonly what: string;
  readonly findFault: (text: string) => string | undefined;
}

/** Who answers: an agent, on its own model or on one that it fell back to. */
export interface Speaker {
  readonly agent: Agent;
  readonly model: string;
}
