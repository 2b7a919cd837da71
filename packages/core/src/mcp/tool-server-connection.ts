import type { ToolServerAddress } from '../agent/tool-server.ts';
import type { Logger } from '../logging/logger.ts';
import type { ListedTool } from './listed-tool.ts';

/** One connection to a tool server, from its handshake to its end. */
export interface ToolServerConnection {
  /** Resolves when it is gone, whoever ended it. */
  readonly closed: Promise<void>;
  /** All pages of `tools/list`; a tool that cannot be read is left out and logged. */
  listTools(signal: AbortSignal): Promise<readonly ListedTool[]>;
  /**
   * The text that the model is told. Throws what the model may read, {@link CallNotTaken}, or the signal's reason after
   * telling the server (`notifications/cancelled`).
   */
  callTool(name: string, args: unknown, signal: AbortSignal): Promise<string>;
  /** Ends it, and the child process if there is one. Idempotent; takes 5 s at most. */
  close(): Promise<void>;
}

export interface ConnectParts {
  readonly address: ToolServerAddress;
  readonly logger: Logger;
  /** Gives up when it aborts. */
  readonly signal: AbortSignal;
  onToolsChanged(): void;
}

/** Throws whatever keeps it from getting through the handshake. */
export type ConnectToolServer = (parts: ConnectParts) => Promise<ToolServerConnection>;

/** The server was not reached, or knows the connection no more: it cannot have begun with the call. */
export class CallNotTaken extends Error {
  override readonly name = 'CallNotTaken';
}
