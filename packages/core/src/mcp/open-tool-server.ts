import type { ToolServerAddress } from '../agent/tool-server.ts';
import { oneAtATime } from '../async/one-at-a-time.ts';
import type { Logger } from '../logging/logger.ts';
import type { ListedTool } from './listed-tool.ts';
import type { ConnectToolServer, ToolServerConnection } from './tool-server-connection.ts';

/** A server that is connected and has said which tools it has. */
export interface OpenToolServer {
  readonly connection: ToolServerConnection;
  /** As of its last word: replaced when the server says that its list has changed. */
  tools: readonly ListedTool[];
}

export interface OpenParts {
  readonly address: ToolServerAddress;
  readonly connect: ConnectToolServer;
  readonly logger: Logger;
  /** Of connecting and of each look at the list. */
  readonly timeoutMs: number;
}

/** Connects, lists the tools and keeps the list fresh. Throws whatever is in the way. */
export async function openToolServer(parts: OpenParts, stop: AbortSignal): Promise<OpenToolServer> {
  const { address, connect, logger, timeoutMs } = parts;
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
  let opened: OpenToolServer | undefined;
  let hasChanged = false;
  const refresh = oneAtATime(async () => {
    if (opened) await listAgain(opened, parts);
  });
  const onToolsChanged = () => {
    hasChanged = true;
    void refresh();
  };
  const connection = await connect({ address, logger, signal, onToolsChanged });
  opened = { connection, tools: await listOrClose(connection, signal) };
  if (hasChanged) void refresh(); // because nobody could take it in before
  return opened;
}

async function listOrClose(connection: ToolServerConnection, signal: AbortSignal) {
  try {
    return await connection.listTools(signal);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** A list that cannot be read again stays as it was. */
async function listAgain(opened: OpenToolServer, { logger, timeoutMs }: OpenParts): Promise<void> {
  try {
    opened.tools = await opened.connection.listTools(AbortSignal.timeout(timeoutMs));
    logger.info({ tools: opened.tools.length }, 'tool-server.tools-changed');
  } catch {
    logger.warn('tool-server.list-failed');
  }
}
