import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  type UpstreamRequest,
  type UpstreamStep,
  upstreamRequestSchema,
} from './scripted-upstream-script.ts';

/** An OpenAI-compatible upstream in a process of its own, which does what it is told per model. */
export interface ScriptedUpstream extends AsyncDisposable {
  /** For `OPENAI_BASE_URL`: ends in `/v1`. */
  readonly url: string;
  /** What to do for each request of `model` in turn; the last turn repeats. Replaces an earlier script. */
  script(model: string, ...turns: readonly (readonly UpstreamStep[])[]): Promise<void>;
  /** The requests received so far, oldest first; of one model if given. */
  requests(model?: string): Promise<UpstreamRequest[]>;
  /** The same, once there are at least `count`. */
  waitForRequests(model: string, count: number): Promise<UpstreamRequest[]>;
  /** The request of this id once it is over: its `state` tells how. */
  waitForEnd(id: number): Promise<UpstreamRequest>;
  /** Opens a gate, for those who wait at it and for those who come later. */
  release(gate: string): Promise<void>;
}

/** Starts the upstream on a free port of the loopback; disposing ends its process. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const child = fork(fileURLToPath(new URL('./scripted-upstream-main.ts', import.meta.url)), {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(30_000) });
  const { url } = z.object({ url: z.string() }).parse(message);
  const list = async (path: string): Promise<UpstreamRequest[]> =>
    z.array(upstreamRequestSchema).parse(await order(url, path));
  return {
    url: `${url}/v1`,
    script: async (model, ...turns) => void (await order(url, 'script', { model, turns })),
    requests: (model) =>
      list(model === undefined ? 'requests' : `requests?model=${encodeURIComponent(model)}`),
    waitForRequests: (model, count) =>
      list(`wait-for-requests?model=${encodeURIComponent(model)}&number=${count}`),
    waitForEnd: async (id) => upstreamRequestSchema.parse((await list(`wait-for-end?number=${id}`))[0]),
    release: async (gate) => void (await order(url, `release?gate=${encodeURIComponent(gate)}`)),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

async function order(url: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}/control/${path}`, {
    method: 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`The scripted upstream refused ${path}: ${response.status}`);
  return response.json();
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
