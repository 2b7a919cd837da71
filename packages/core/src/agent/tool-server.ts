/** How an MCP server is reached: by streamable HTTP, or as a child process that speaks over its standard streams. */
export type ToolServerAddress =
  | { readonly url: string; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly command: string;
      readonly args?: readonly string[];
      /** Added to the few variables that every child gets; the worker's own environment is not passed on. */
      readonly env?: Readonly<Record<string, string>>;
      /** @defaultValue the worker's folder */
      readonly cwd?: string;
    };

/** Which tools of a server an agent has, and how they are run. The names are the server's own. */
export interface ToolServerUse {
  /** Only these. @defaultValue all that the server lists */
  readonly tools?: readonly string[];
  /**
   * Which may run again after a crash; `annotated` believes the server's own `readOnlyHint` and `idempotentHint`.
   * @defaultValue none
   */
  readonly idempotent?: 'annotated' | readonly string[];
  /** Of one call. @defaultValue 30_000 */
  readonly timeoutMs?: number;
  /** For single tools, instead of `timeoutMs`. */
  readonly toolTimeoutsMs?: Readonly<Record<string, number>>;
}

/** An MCP server whose tools an agent has beside its own. */
export type ToolServer = ToolServerAddress & ToolServerUse;
