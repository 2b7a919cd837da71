import type { Agent } from '../../agent/agent.ts';
import type { ModelCall, ModelEvent, ResolveModel } from '../../models/model-provider.ts';
import type { AgentRequest } from '../../request/agent-request.ts';
import type { ProviderParameter } from '../../request/provider-fields.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import type { CommittedStep } from '../../runs/run-history.ts';
import { runAgent } from '../run-agent.ts';

/** What each model answers, by its name: a function of the call alone, as another attempt needs; may throw. */
export type Script = Readonly<Record<string, (call: ModelCall) => readonly ModelEvent[]>>;

export interface TeamRun {
  /** The first one is asked for. */
  readonly agents: readonly [Agent, ...Agent[]];
  readonly script: Script;
  /** Fields of the request. */
  readonly request?: Partial<AgentRequest>;
  readonly committed?: readonly CommittedStep[];
  readonly signal?: AbortSignal;
  /** What each model's provider honours; nothing if it is not named. */
  readonly accepts?: Readonly<Record<string, readonly ProviderParameter[]>>;
}

export interface AskedModel {
  readonly model: string;
  readonly call: ModelCall;
}

export interface StartedTeam {
  readonly events: AsyncGenerator<readonly RunEvent[]>;
  /** Every call of a model so far. */
  readonly asked: readonly AskedModel[];
  /** `code: failed model > agent and model that was asked instead`. */
  readonly fallbacks: readonly string[];
  /** The models whose streams are over, whoever ended them. */
  readonly closed: readonly string[];
}

export const usage = { promptTokens: 10, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 };
export const says = (text: string): ModelEvent[] => [{ type: 'text-delta', text }, ends('stop')];
const ends = (finishReason: 'stop' | 'tool_calls'): ModelEvent => ({
  type: 'model-end',
  finishReason,
  usage,
});
/** A turn that calls these tools, with the place of each in its id. */
export const calls = (...names: readonly string[]): ModelEvent[] => [
  ...names.flatMap((name, index): ModelEvent[] => [
    { type: 'tool-call', index, id: `${name}.${index}`, name },
    { type: 'tool-call-delta', index, arguments: '{}' },
  ]),
  ends('tool_calls'),
];

/** How many results of tools the model is shown. */
export const countResults = ({ messages }: ModelCall): number =>
  messages.filter(({ role }) => role === 'tool').length;

/** Starts a run of the first agent, in which models say what the script tells. */
export function startTeam({ agents, script, request, committed, accepts, ...run }: TeamRun): StartedTeam {
  const asked: AskedModel[] = [];
  const fallbacks: string[] = [];
  const closed: string[] = [];
  const resolveModel: ResolveModel = (model) => ({
    accepts: new Set(accepts?.[model]),
    async *stream(call) {
      asked.push({ model, call });
      try {
        // One at a time, so that a failure may come between them.
        for (const event of script[model]?.(call) ?? []) yield [event];
      } finally {
        closed.push(model);
      }
    },
  });
  const events = runAgent({
    agent: agents[0],
    findAgent: (id) => agents.find((agent) => agent.id === id),
    request: { model: agents[0].id, messages: [{ role: 'user', content: 'Go' }], ...request },
    resolveModel,
    context: { runId: 'chatcmpl-1', tenant: 'local', metadata: {}, user: undefined, now: new Date(0) },
    committed: committed ?? [],
    signal: run.signal ?? new AbortController().signal,
    note(note) {
      if (note.type === 'fell-back') {
        fallbacks.push(`${note.code}: ${note.failed} > ${note.agent} ${note.model}`);
      }
    },
  });
  return { events, asked, fallbacks, closed };
}

/** All events of a run that nothing befalls. */
export async function runTeam(run: TeamRun) {
  const { events, ...seen } = startTeam(run);
  return { events: (await Array.fromAsync(events)).flat(), ...seen };
}
