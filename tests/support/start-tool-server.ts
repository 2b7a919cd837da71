import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../scripts/redis/free-port.ts';

/** An MCP server in a process of its own, reached by streamable HTTP. */
export interface ToolServerProcess extends AsyncDisposable {
  /** The same after every restart. */
  readonly url: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again after `kill`. */
  start(): Promise<void>;
}

/** For the `command` and `args` of a server over stdio. */
export const stdioToolServer = {
  command: process.execPath,
  args: [fileURLToPath(new URL('./tool-server-stdio-main.ts', import.meta.url))],
};

export interface ToolServerOptions {
  /** What it wants as a bearer token. */
  readonly key?: string;
  /** Whether its streams have event ids, from which a client may go on after a cut. */
  readonly resumable?: boolean;
  /** Where its tools note what they do. */
  readonly notes?: string;
}

export async function startToolServer(options: ToolServerOptions = {}): Promise<ToolServerProcess> {
  const port = await freePort();
  let running = await spawnServer(port, options);
  const kill = async () => {
    running.child.kill('SIGKILL');
    await running.exited;
  };
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    kill,
    async start() {
      running = await spawnServer(port, options);
    },
    [Symbol.asyncDispose]: kill,
  };
}

async function spawnServer(port: number, { key, notes, resumable }: ToolServerOptions) {
  const child = fork(fileURLToPath(new URL('./tool-server-http-main.ts', import.meta.url)), {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      TOOL_SERVER_PORT: String(port),
      ...(resumable === true ? { TOOL_SERVER_RESUMABLE: '1' } : {}),
      ...(key === undefined ? {} : { TOOL_SERVER_KEY: key }),
      ...(notes === undefined ? {} : { TOOL_SERVER_NOTES: notes }),
    },
  });
  const exited = once(child, 'exit');
  await once(child, 'message', { signal: AbortSignal.timeout(30_000) });
  return { child, exited };
}
