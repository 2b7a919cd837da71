import '../zod-version.ts';
import type { Agent, FindAgent } from '@calute/core/agent/agent';
import { createLogger } from '@calute/core/logging/logger';
import { runAgent as runSteps } from '@calute/core/loop/run-agent';
import { createToolServers } from '@calute/core/mcp/create-tool-servers';
import type { ModelCall, ResolveModel } from '@calute/core/models/model-provider';
import { createOfflineProvider } from '@calute/core/models/offline';
import { type ChatRequest, chatRequestSchema } from '@calute/core/protocol/chat-request';
import { checkConversation } from '@calute/core/protocol/check-conversation';
import { providerParameters } from '@calute/core/request/provider-fields';
import type { FinishReason, RunUsage } from '@calute/core/runs/run-end';
import type { RunEvent } from '@calute/core/runs/run-event';
import { runTeam } from '@calute/core/teams/run-team';
import { type AgentStep, describeSteps, readSteps } from './run-steps.ts';
import { playTurn, type ScriptedTurn } from './scripted-turn.ts';

// biome-ignore lint/performance/noBarrelFile: this is a door of the package
export { CaluteError } from '@calute/core/errors';
export type { AgentStep, ToolCallStep } from './run-steps.ts';
export { callTool, type ScriptedCall, type ScriptedTurn } from './scripted-turn.ts';

/** Which call of a model it is. */
export interface AskedModel {
  /** Counted from 0. */
  readonly index: number;
  /** `provider:model`; agents that work side by side are told apart by it. */
  readonly model: string;
}

export interface RunAgentOptions {
  /** A message of the user, or the whole conversation in OpenAI's shape. */
  readonly messages: string | readonly object[];
  /**
   * What the model says, a turn for each time that it is asked, or a function of what it is asked. Absent: models of
   * `offline:` say what they say in earnest, and any other is an error.
   */
  readonly model?: readonly ScriptedTurn[] | ((call: ModelCall, asked: AskedModel) => ScriptedTurn);
  /** The agents that it may hand over to or fall back to; the members of a team. */
  readonly team?: readonly Agent[];
  /** Further fields of the request: `response_format`, `tools`, … */
  readonly request?: Readonly<Record<string, unknown>>;
  /** What instructions are told as `now`. @defaultValue the time of the call */
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

/** What a run has come to. */
export interface AgentRunResult {
  /** The text that a client gets, of all steps. */
  readonly answer: string;
  readonly finishReason: FinishReason;
  /** Each model call with its tools, in order. */
  readonly steps: readonly AgentStep[];
  readonly usage: RunUsage;
  /** Each call of the model: its messages with instructions and results, its tools, its sampling values. */
  readonly asked: readonly ModelCall[];
  /** The steps for people. */
  toString(): string;
}

/**
 * Runs an agent, or a team, in this process, as a worker would: tools, handoffs, fallbacks, limits and MCP servers are real, the model is
 * scripted; no Redis, no API. Throws what would end the run: a CaluteError with its code, or an error that says that the script
 * has too few turns.
 */
export async function runAgent(agent: Agent, options: RunAgentOptions): Promise<AgentRunResult> {
  const request = toRequest(agent, options);
  const agents = [agent, ...(options.team ?? [])];
  const asked: ModelCall[] = [];
  const signal = options.signal ?? new AbortController().signal;
  await using toolServers = createToolServers({ logger: createLogger({ role: 'test', level: 'silent' }) });
  const find: FindAgent = (id) => agents.find((one) => one.id === id);
  const parts = {
    agent,
    findAgent: find,
    request,
    resolveModel: createScriptedModels(options, asked),
    equip: (one: Agent) => toolServers.equip(one, signal),
    context: {
      runId: 'chatcmpl-test',
      tenant: 'test',
      metadata: request.metadata ?? {},
      user: request.user,
      now: options.now ?? new Date(),
    },
    signal,
  };
  const running =
    agent.team === undefined ? runSteps(parts) : runTeam({ ...parts, committed: [], findMember: find });
  const events: RunEvent[] = (await Array.fromAsync(running)).flat();
  return toResult(agent, events, asked);
}

function toRequest(agent: Agent, { messages, request }: RunAgentOptions): ChatRequest {
  const conversation = typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages;
  const parsed = chatRequestSchema.parse({ ...request, model: agent.id, messages: conversation });
  if ((parsed.n ?? 1) > 1) throw new Error('runAgent runs one choice: leave n out.');
  checkConversation(parsed.messages);
  return parsed;
}

function createScriptedModels({ model }: RunAgentOptions, asked: ModelCall[]): ResolveModel {
  return (name) => {
    if (model === undefined) return openUnscripted(name, asked);
    return {
      accepts: new Set(providerParameters),
      async *stream(call, signal) {
        signal.throwIfAborted();
        const index = asked.push(call) - 1;
        const turn = typeof model === 'function' ? model(call, { index, model: name }) : model[index];
        if (turn === undefined) throw new Error(describeLack(model.length, call));
        yield* playTurn(turn, index);
      },
    };
  };
}

function openUnscripted(name: string, asked: ModelCall[]): ReturnType<ResolveModel> {
  if (!name.startsWith('offline:'))
    throw new Error(`The model "${name}" would be asked for real: say what it answers in "model".`);
  const offline = createOfflineProvider(name.slice('offline:'.length));
  return {
    ...offline,
    stream(call, signal) {
      asked.push(call);
      return offline.stream(call, signal);
    },
  };
}

function describeLack(turns: number, { messages }: ModelCall): string {
  const last = JSON.stringify(messages.at(-1));
  return `The model is asked for turn ${turns + 1} and its script has ${turns}; the last message is ${last}`;
}

function toResult(agent: Agent, events: readonly RunEvent[], asked: readonly ModelCall[]): AgentRunResult {
  const last = events.at(-1);
  if (last?.type !== 'run-end' || last.end.reason !== 'completed')
    throw new Error('The run ended without saying how.');
  const { finishReason, usage } = last.end;
  const steps = readSteps(agent.id, events);
  return {
    answer: steps.flatMap(({ part, text }) => (part === undefined ? [text] : [])).join(''),
    finishReason,
    steps,
    usage,
    asked,
    toString: () => describeSteps(steps),
  };
}
