import type { AgentRun } from './agent-run.ts';
import { assertMayRunAgain } from './finish-step.ts';

/**
 * The run with the tools of its agent's MCP servers. Throws as `AgentRun.equip` does; but where an earlier attempt has
 * left a call in doubt, `tool_outcome_unknown`: to try again would be the wrong advice.
 */
export async function equipRun(run: AgentRun): Promise<AgentRun> {
  const { agent, signal, equip, committed = [] } = run;
  if (equip === undefined) return run;
  try {
    return { ...run, agent: await equip(agent, signal) };
  } catch (error) {
    signal.throwIfAborted();
    for (const { calls, results } of committed)
      for (const call of calls.filter((_, index) => results[index] === undefined))
        assertMayRunAgain(run, call);
    throw error;
  }
}
