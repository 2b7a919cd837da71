import type { Agent } from '@calute/core/agent/agent';
import { oneAtATime } from '@calute/core/async/one-at-a-time';
import { within } from '@calute/core/async/within';
import type { Logger } from '@calute/core/logging/logger';
import type { ToolServers } from '@calute/core/mcp/create-tool-servers';

/** A file that waits for something while it is imported must not keep later changes from being seen. */
const loadMs = 30_000;

export interface ServeAgentsParts {
  readonly load: () => Promise<readonly Agent[]>;
  readonly toolServers: Pick<ToolServers, 'serve'>;
  /** Says what is amiss with agents that are served nevertheless. */
  readonly inspect: (agents: readonly Agent[]) => void;
  /** Tells the API tier; does not throw. */
  readonly announce: (agents: readonly Agent[]) => Promise<void>;
  readonly logger: Logger;
}

/** The agents that this worker serves. */
export interface ServedAgents {
  /** As of the last load that went well; an attempt takes its agent from here once, and keeps it. */
  readonly byId: ReadonlyMap<string, Agent>;
  /** Loads them again: all or, when a file is bad, none. Never throws; what is wrong is one line of the log. */
  reload(): Promise<void>;
}

/** Serves `first` until a reload brings others. */
export function serveAgents(first: readonly Agent[], parts: ServeAgentsParts): ServedAgents {
  const { load, toolServers, inspect, announce, logger } = parts;
  const byId = new Map<string, Agent>();
  const adopt = (agents: readonly Agent[]) => {
    byId.clear();
    for (const agent of agents) byId.set(agent.id, agent);
    toolServers.serve(agents);
    inspect(agents);
  };
  adopt(first);
  const reload = oneAtATime(async () => {
    try {
      const loading = load();
      if ((await within(loadMs, loading)) === 'timed-out')
        throw new Error(`Loading the agents took longer than ${loadMs / 1000} s.`);
      const agents = await loading;
      adopt(agents);
      await announce(agents);
      logger.info({ agents: agents.map(({ id }) => id) }, 'agents.reloaded');
    } catch (error) {
      logger.error(
        { reason: error instanceof Error ? error.message : String(error) },
        'agents.reload-failed',
      );
    }
  });
  return { byId, reload };
}
