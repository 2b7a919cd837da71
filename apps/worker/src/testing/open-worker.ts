import type { Agent } from '@calute/core/agent/agent';
import type { RunId } from '@calute/core/ids';
import { createFrameWriter } from '@calute/core/run-store/append/frame-writer';
import { createRedisRunLog } from '@calute/core/run-store/redis-run-log';
import { createLogger } from '@calute/core/logging/logger';
import { createKeys } from '@calute/core/redis/keys';
import { decodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEvent } from '@calute/core/runs/run-event';
import type { DisconnectPolicy } from '@calute/core/runs/run-request';
import { newRun } from '../../../../tests/support/new-run.ts';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createHeldRuns } from '../held-runs.ts';
import { type AgentInput, createProcessRun } from '../process-run.ts';

export const lock = new AbortController().signal;
const agent: Agent = {
  id: 'echo',
  model: 'offline:echo',
  sampling: {},
  tools: {},
  handoffs: [],
  fallback: [],
  limits: { maxSteps: 1, maxHandoffs: 1 },
};
export const usage = { promptTokens: 1, completionTokens: 1, cachedTokens: 0, reasoningTokens: 0 };
export const end: RunEvent = {
  type: 'run-end',
  end: { reason: 'completed', finishReason: 'stop', usage, processingMs: 1 },
};
export const text = (value: string): RunEvent => ({ type: 'text-delta', text: value });

export type Script = (input: AgentInput) => AsyncIterable<RunEvent>;

/** A worker's handler on the tests' Redis, and the API's side by hand. Call it inside a test. */
export function openWorker(
  script: Script,
  { canOverrideSamplings = false, passOnTimes = 0, unheardGraceMs = 60_000 } = {},
) {
  const keys = createKeys(randomPrefix());
  const log = createRedisRunLog({ redis: connectTestRedis(), keys, retentionMs: 60_000 });
  const held = createHeldRuns();
  const lines: string[] = [];
  const handler = createProcessRun({
    log,
    writer: createFrameWriter({ log, onStoreError: () => undefined }),
    held,
    agents: new Map([[agent.id, agent]]),
    canOverrideSamplings,
    passOnTimes,
    unheardGraceMs,
    logger: createLogger({
      role: 'test',
      level: 'warn',
      destination: { write: (line) => void lines.push(line) },
    }),
    async *runAgent(input) {
      for await (const event of script(input)) yield [event];
    },
  });
  /** As the queue does it: a run is claimed when it is given out. */
  const handle = async (runId: RunId, signal: AbortSignal) => {
    const claim = await log.claim(runId, 'control');
    if (claim.outcome !== 'claimed') throw new Error(`The run is ${claim.outcome}.`);
    return await handler.handle({ runId, claim }, signal);
  };
  const accept = async (
    chat: object = {},
    deadlineMs = 60_000,
    onDisconnect: DisconnectPolicy = 'cancel',
    provisional = false,
  ) => {
    const run = newRun(keys.replyChannel('api'), { deadlineMs, provisional });
    await log.accept({
      ...run,
      request: { ...run.request, onDisconnect, chat: { ...run.request.chat, stream: true, ...chat } },
    });
    return run.id;
  };
  const events = async (runId: Awaited<ReturnType<typeof accept>>) => {
    const read = await log.read(runId, { afterSeq: 0, limit: 100 });
    return read.outcome === 'found' ? read.frames.flatMap(({ payload }) => decodeEvents(payload)) : [];
  };
  /** From now on somebody listens; gives the lines that came. */
  const listen = async () => {
    const subscriber = connectTestRedis();
    const lines: string[] = [];
    subscriber.on('message', (_, message: string) => lines.push(...message.split('\n')));
    await subscriber.subscribe(keys.replyChannel('api'));
    return () => lines;
  };
  return { log, held, handler, handle, accept, events, listen, lines };
}

/** Says one word and then waits until it is stopped. */
export const endless: Script = async function* ({ signal }) {
  yield text('a');
  const stopped = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => stopped.reject(signal.reason));
  await stopped.promise;
};
