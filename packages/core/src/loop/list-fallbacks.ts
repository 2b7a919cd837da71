import type { Agent } from '../agent/agent.ts';
import { acceptedParameters } from '../models/accepted-parameters.ts';
import { findUnsupported } from '../request/provider-fields.ts';
import type { AgentRun, Speaker } from './agent-run.ts';

/**
 * Who is asked in place of a speaker, in order and each once: what is left of its agent's `fallback`, and after an agent in
 * it what that one falls back to. Leaves out who could not honour every parameter of the request.
 */
export function listFallbacks(run: AgentRun, { agent, model }: Speaker): readonly Speaker[] {
  const at = agent.fallback.findIndex((one) => 'model' in one && one.model === model);
  const seen = new Set([keyOf({ agent, model })]);
  const speakers = follow(agent, agent.fallback.slice(at + 1), { run, seen });
  return [...speakers].filter((speaker) => honours(run, speaker));
}

interface Walk {
  readonly run: AgentRun;
  /** Agents may fall back to each other. */
  readonly seen: Set<string>;
}

function* follow(agent: Agent, fallback: Agent['fallback'], walk: Walk): Generator<Speaker> {
  for (const one of fallback) {
    const next = 'model' in one ? agent : walk.run.findAgent?.(one.agent);
    // A worker that lacks the agent, in a rolling deploy, goes on to what comes after it.
    if (next === undefined) continue;
    const speaker = { agent: next, model: 'model' in one ? one.model : next.model };
    if (walk.seen.has(keyOf(speaker))) continue;
    walk.seen.add(keyOf(speaker));
    yield speaker;
    if ('agent' in one) yield* follow(next, next.fallback, walk);
  }
}

function keyOf({ agent, model }: Speaker): string {
  return `${agent.id} ${model}`;
}

function honours({ request, resolveModel, findAgent }: AgentRun, speaker: Speaker): boolean {
  return findUnsupported(request, acceptedParameters(speaker, resolveModel, findAgent)) === undefined;
}
