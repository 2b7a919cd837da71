import type { ListedTool } from './listed-tool.ts';
import { createReconnecting, type ReconnectingParts } from './reconnecting.ts';
import { CallNotTaken } from './tool-server-connection.ts';

/** A call of one of a server's tools, by the server's own name for it. */
export interface ToolServerCall {
  readonly tool: string;
  readonly args: unknown;
  readonly signal: AbortSignal;
}

/** A tool server as one worker knows it, for as long as an agent names it. */
export interface KeptToolServer {
  /** What it lists, from memory once it is known. Throws as {@link Reconnecting.open} does. */
  tools(signal: AbortSignal): Promise<readonly ListedTool[]>;
  /**
   * The text that the model is told. A call that the server has not taken is sent again, once, on a new connection; one
   * that it may have taken is not. Throws what the model may read, or the signal's reason.
   */
  call(call: ToolServerCall): Promise<string>;
  /** Disconnects once no call is in hand. A later call, of a run that is older than this, connects for itself. */
  retire(): void;
  /** Disconnects for good. */
  close(): Promise<void>;
}

export function keepToolServer(parts: ReconnectingParts): KeptToolServer {
  const server = createReconnecting(parts);
  let calls = 0;
  let isRetired = false;
  const disconnectIfUnused = () => {
    if (isRetired && calls === 0) void server.close();
  };
  const callOnce = async ({ tool, args, signal }: ToolServerCall): Promise<string> => {
    const opened = await server.open(signal);
    try {
      return await opened.connection.callTool(tool, args, signal);
    } catch (error) {
      if (error instanceof CallNotTaken) await server.drop(opened);
      throw error;
    }
  };
  return {
    tools: async (signal) => (await server.open(signal)).tools,
    async call(call) {
      calls += 1;
      try {
        return await callOnce(call).catch((error: unknown) => {
          if (error instanceof CallNotTaken) return callOnce(call);
          throw error;
        });
      } finally {
        calls -= 1;
        disconnectIfUnused();
      }
    },
    retire() {
      isRetired = true;
      disconnectIfUnused();
    },
    close: () => server.close({ forGood: true }),
  };
}
