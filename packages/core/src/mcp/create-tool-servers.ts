import type { Agent, ServerTool } from '../agent/agent.ts';
import type { ToolServer, ToolServerAddress } from '../agent/tool-server.ts';
import type { Logger } from '../logging/logger.ts';
import { giveServerTools } from './give-server-tools.ts';
import { type KeptToolServer, keepToolServer } from './keep-tool-server.ts';
import type { ListedTool } from './listed-tool.ts';
import type { ReconnectLimits } from './reconnecting.ts';
import type { ConnectToolServer } from './tool-server-connection.ts';

/** The MCP servers of one worker: one connection for each address, however many agents name it. */
export interface ToolServers extends AsyncDisposable {
  /**
   * The agent with the tools of its servers beside its own; one without servers comes back as it is. Throws CaluteError
   * `tool_server_unavailable` when one of them cannot be had within 10 s, `agent_failed` when its tools cannot be told
   * apart, or the signal's reason.
   */
  equip(agent: Agent, signal: AbortSignal): Promise<Agent>;
  /** Connects to the servers of these agents in the background, and lets go of those that none of them names. */
  serve(agents: readonly Agent[]): void;
  /** Disconnects from all, and ends the child processes; takes 6 s at most. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ToolServersParts {
  readonly logger: Logger;
  /** @defaultValue through the official SDK */
  readonly connect?: ConnectToolServer;
  readonly limits?: Partial<ToolServerLimits>;
  /** In ms, never going back. @defaultValue performance.now */
  readonly now?: () => number;
}

export interface ToolServerLimits extends ReconnectLimits {
  /** How long connecting may go on in the background: a program may have to be downloaded first. */
  readonly connectMs: number;
}

const defaultLimits: ToolServerLimits = {
  waitMs: 10_000,
  connectMs: 60_000,
  firstRestMs: 500,
  maxRestMs: 30_000,
};

type GivenTools = Readonly<Record<string, ServerTool>>;

export function createToolServers(parts: ToolServersParts): ToolServers {
  const serving = new Map<string, KeptToolServer>();
  const retired = new Set<KeptToolServer>();
  // By list and by use, so that a run that finds both as they were costs two look-ups.
  const given = new WeakMap<readonly ListedTool[], WeakMap<ToolServer, GivenTools>>();
  const stopping = new AbortController();
  const keep = (name: string, server: ToolServer): KeptToolServer => {
    const key = keyOf(server);
    const kept = serving.get(key) ?? keepServer(name, server, parts);
    serving.set(key, kept);
    return kept;
  };
  const give = async (name: string, use: ToolServer, signal: AbortSignal): Promise<GivenTools> => {
    stopping.signal.throwIfAborted();
    const kept = keep(name, use);
    const listed = await kept.tools(signal);
    const ofList = given.get(listed) ?? new WeakMap<ToolServer, GivenTools>();
    const logger = parts.logger.child({ server: name });
    const tools = ofList.get(use) ?? giveServerTools({ name, use, kept }, listed, logger);
    given.set(listed, ofList.set(use, tools));
    return tools;
  };
  return {
    async equip(agent, signal) {
      if (agent.mcp === undefined) return agent;
      const all = Object.entries(agent.mcp).map(([name, server]) => give(name, server, signal));
      return { ...agent, tools: Object.assign({}, agent.tools, ...(await Promise.all(all))) };
    },
    serve(agents) {
      if (stopping.signal.aborted) return;
      const named = agents.flatMap(({ mcp = {} }) => Object.entries(mcp));
      const keys = new Set(named.map(([, server]) => keyOf(server)));
      for (const [key, kept] of serving) {
        if (keys.has(key)) continue;
        serving.delete(key);
        retired.add(kept);
        kept.retire();
      }
      // What keeps it from connecting is in the log already, and told to the runs that need it.
      for (const [name, server] of named)
        keep(name, server)
          .tools(stopping.signal)
          .catch(() => undefined);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all([...serving.values(), ...retired].map((kept) => kept.close()));
    },
  };
}

function keepServer(name: string, server: ToolServer, parts: ToolServersParts): KeptToolServer {
  const limits = { ...defaultLimits, ...parts.limits };
  return keepToolServer({
    name,
    address: addressOf(server),
    connect: parts.connect ?? connectWithSdk,
    logger: parts.logger.child({ server: name }),
    limits,
    timeoutMs: limits.connectMs,
    now: parts.now ?? performance.now.bind(performance),
  });
}

/** Loaded with the first connection: a worker whose agents have no servers pays nothing. */
const connectWithSdk: ConnectToolServer = async (parts) => {
  const { connectToolServer } = await import('./connect-tool-server.ts');
  return await connectToolServer(parts);
};

function addressOf(server: ToolServer): ToolServerAddress {
  const { tools, idempotent, timeoutMs, toolTimeoutsMs, ...address } = server;
  return address;
}

function keyOf(server: ToolServer): string {
  return JSON.stringify(addressOf(server));
}
