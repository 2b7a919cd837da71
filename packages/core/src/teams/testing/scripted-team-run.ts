import type { Agent } from '../../agent/agent.ts';
import { defineAgent } from '../../agent/define-agent.ts';
import type { ModelCall, ModelEvent } from '../../models/model-provider.ts';
import type { AgentRequest } from '../../request/agent-request.ts';
import { decodeEvents, encodeEvents } from '../../runs/frame-payload.ts';
import { isVisible, type RunEvent } from '../../runs/run-event.ts';
import { readHistory } from '../../runs/run-history.ts';
import { runTeam } from '../run-team.ts';

/** What each model call uses. */
const usage = { promptTokens: 10, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 };
export const ends = (finishReason: 'stop' | 'length' | 'tool_calls' = 'stop'): ModelEvent => {
  return { type: 'model-end', finishReason, usage };
};
export const says = (text: string): ModelEvent[] => [{ type: 'text-delta', text }, ends()];

/** Agents on models of their own ids. */
export const members = (...ids: readonly string[]): Agent[] =>
  ids.map((id) => defineAgent({ id, model: `test:${id}` }));

/** A call of a model, by the part of its name behind the colon. */
export interface Asked {
  readonly model: string;
  /** The last message. */
  readonly text: string;
  readonly call: ModelCall;
}

/** What a model says; a function of the call alone, as another attempt needs. */
export type Script = (
  asked: Asked,
  signal: AbortSignal,
) => readonly ModelEvent[] | Promise<readonly ModelEvent[]>;

export interface ScriptedTeam {
  readonly team: Agent;
  readonly agents: readonly Agent[];
  readonly script: Script;
  /** Fields of the request. */
  readonly request?: Partial<AgentRequest>;
  /** What is in the log. */
  readonly stored?: readonly RunEvent[];
  readonly signal?: AbortSignal;
  readonly now?: Date;
}

/** Starts one attempt at a run of the team; `asked` grows by each call of a model. */
export function startScripted({ team, agents, script, stored = [], ...run }: ScriptedTeam) {
  const asked: Asked[] = [];
  const byId = new Map([team, ...agents].map((agent) => [agent.id, agent]));
  const events = runTeam({
    agent: team,
    findAgent: (id) => byId.get(id),
    findMember: (id) => byId.get(id),
    request: { model: team.id, messages: [{ role: 'user', content: 'Go' }], ...run.request },
    resolveModel: (name) => ({
      accepts: new Set(),
      async *stream(call, signal) {
        signal.throwIfAborted();
        const one = { model: name.slice(name.indexOf(':') + 1), text: lastText(call), call };
        asked.push(one);
        yield await script(one, signal);
      },
    }),
    context: {
      runId: 'chatcmpl-1',
      tenant: 'local',
      metadata: {},
      user: undefined,
      now: run.now ?? new Date(0),
    },
    committed: [readHistory(stored)],
    signal: run.signal ?? new AbortController().signal,
  });
  return { events, asked };
}

/** A whole attempt. */
export async function runScripted(run: ScriptedTeam) {
  const { events, asked } = startScripted(run);
  const all = (await Array.fromAsync(events)).flat();
  return { events: all, asked, answer: textOf(all) };
}

/** What is in the log when the worker dies just before it would store the event after the first `count`. */
export async function storeScripted(run: ScriptedTeam, count: number) {
  const stored: RunEvent[] = [];
  const { events, asked } = startScripted(run);
  for await (const some of events) {
    if (stored.length + some.length > count) break;
    stored.push(...some);
  }
  return { stored: decodeEvents(encodeEvents(stored)), asked };
}

function textOf(events: readonly RunEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

/** The branches in the order in which they were done. */
export function branchesOf(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'branch-end' ? [event.branch] : []));
}

/** Whether the client has been shown a part of the answer: nobody goes on from there. */
export function isHalfShown(stored: readonly RunEvent[]): boolean {
  return stored.some(isVisible);
}

function lastText({ messages }: ModelCall): string {
  const content = messages.at(-1)?.content;
  return typeof content === 'string' ? content : JSON.stringify(content);
}
