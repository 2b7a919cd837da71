import type { Agent } from '../agent/agent.ts';
import type { CommittedStep } from '../runs/run-history.ts';
import type { AgentRun, Speaker } from './agent-run.ts';
import { assertMayRunAgain } from './finish-step.ts';

/**
 * Gives a speaker the tools of its agent's MCP servers; one whose agent has none comes back at once, as it is. Throws as
 * `AgentRun.equip` does; but where `step`, of an earlier attempt, has left a call in doubt, `tool_outcome_unknown`: to try
 * again would be the wrong advice.
 */
export type EquipSpeaker = (speaker: Speaker, step?: CommittedStep) => Speaker | Promise<Speaker>;

/** Servers are asked once for each agent of a run. */
export function createEquipSpeaker(run: AgentRun): EquipSpeaker {
  const { equip } = run;
  const equipped = new Map<string, Promise<Agent>>();
  return (speaker, step) => {
    const { agent, model } = speaker;
    if (agent.mcp === undefined || equip === undefined) return speaker;
    const equipping = equipped.get(agent.id) ?? equip(agent, run.signal);
    equipped.set(agent.id, equipping);
    return equipping.then(
      (ready) => ({ agent: ready, model }),
      (error: unknown) => {
        equipped.delete(agent.id);
        run.signal.throwIfAborted();
        if (step !== undefined && run.committed?.includes(step)) assertNoneInDoubt(agent, step);
        throw error;
      },
    );
  };
}

function assertNoneInDoubt(agent: Agent, { calls, results }: CommittedStep): void {
  for (const call of calls.filter((_, index) => results[index] === undefined))
    assertMayRunAgain({ agent }, call);
}
