import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** An MCP server in a process of its own, reached by streamable HTTP. */
export interface StartedToolServer extends AsyncDisposable {
  readonly url: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** For the `command` and `args` of a server over stdio. */
export const stdioToolServer = {
  command: process.execPath,
  args: [fileURLToPath(new URL('./tool-server-stdio-main.ts', import.meta.url))],
};

export interface ToolServerOptions {
  /** @defaultValue a free one */
  readonly port?: number;
  /** What it wants as a bearer token. */
  readonly key?: string;
  /** Where its tools note what they do. */
  readonly notes?: string;
}

export async function startToolServer({
  port,
  key,
  notes,
}: ToolServerOptions = {}): Promise<StartedToolServer> {
  const child = fork(fileURLToPath(new URL('./tool-server-http-main.ts', import.meta.url)), {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      ...(port === undefined ? {} : { TOOL_SERVER_PORT: String(port) }),
      ...(key === undefined ? {} : { TOOL_SERVER_KEY: key }),
      ...(notes === undefined ? {} : { TOOL_SERVER_NOTES: notes }),
    },
  });
  const exited = once(child, 'exit');
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(30_000) });
  const { url } = z.object({ url: z.string() }).parse(message);
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { url, kill, [Symbol.asyncDispose]: kill };
}
