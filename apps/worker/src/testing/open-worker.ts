import type { Agent } from '@calute/core/agent/agent';
import type { RunId } from '@calute/core/ids';
import { createLogger } from '@calute/core/logging/logger';
import { createFrameWriter } from '@calute/core/run-store/append/frame-writer';
import type { RunClass } from '@calute/core/run-store/backlog/place';
import type { RunFact } from '@calute/core/run-store/journal/run-fact';
import { decodeEvents } from '@calute/core/runs/frame-payload';
import type { RunEvent } from '@calute/core/runs/run-event';
import type { DisconnectPolicy } from '@calute/core/runs/run-request';
import { newRun } from '../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../tests/support/test-run-store.ts';
import type { AgentInput } from '../attempt/attempt-run.ts';
import { createHeldRuns } from '../attempt/held-runs.ts';
import { createProcessRun } from '../attempt/process-run.ts';

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
export async function openWorker(
  script: Script,
  { canOverrideSamplings = false, passOnTimes = 0, absenceGraceMs = 60_000, agents = [agent] } = {},
) {
  const { redis, keys, log, leases, backlog, claim, makeRoom } = openTestRunStore();
  await makeRoom(10);
  const held = createHeldRuns();
  const lines: string[] = [];
  const facts: RunFact[] = [];
  const handler = createProcessRun({
    log,
    leases,
    controlChannel: 'control',
    writer: createFrameWriter({ log, onStoreError: () => undefined }),
    held,
    agents: new Map(agents.map((one) => [one.id, one])),
    canOverrideSamplings,
    passOnTimes,
    absenceGraceMs,
    workerId: 'worker',
    note: (fact) => void facts.push(fact),
    logger: logTo(lines),
    async *runAgent(input) {
      for await (const event of script(input)) yield [event];
    },
  });
  /** As the queue gives a run out that was offered under this epoch. */
  const handle = (runId: RunId, epoch = 0) => handler({ runId, epoch });
  /** Another worker takes the run, and says no more. */
  const takeElsewhere = (runId: RunId, epoch = 0) => claim(runId, epoch, 'another worker');
  const release = async () => (await backlog.release()).runs;
  /** Another worker takes the run and puts it off. */
  const deferElsewhere = async (runId: RunId, epoch: number) => {
    await takeElsewhere(runId, epoch);
    await leases.defer({ runId, epoch: epoch + 1 }, 0);
  };
  /** Another worker takes the run and dies. */
  const loseElsewhere = async (runId: RunId, epoch: number) => {
    await takeElsewhere(runId, epoch);
    await redis.hset(keys.run(runId), 'control', '');
    await redis.hincrby(keys.run(runId), 'losses', 1);
  };
  const accept = async (
    chat: object = {},
    deadlineMs = 60_000,
    onDisconnect: DisconnectPolicy = 'cancel',
    runClass: RunClass = 'live',
  ) => {
    const place = { runClass, flow: 'tenant:local', weight: 1, cost: 10 };
    const run = newRun(keys.replyChannel('api'), { deadlineMs, place });
    await log.accept({
      ...run,
      request: { ...run.request, onDisconnect, chat: { ...run.request.chat, stream: true, ...chat } },
    });
    return run.id;
  };
  const storeLaterVersion = (runId: RunId) => redis.hset(keys.run(runId), 'request', '{"version":99}');
  const events = async (runId: Awaited<ReturnType<typeof accept>>) => {
    const read = await log.read(runId, { afterSeq: 0, limit: 100 });
    return read.outcome === 'found' ? read.frames.flatMap(({ payload }) => decodeEvents(payload)) : [];
  };
  const steps = { takeElsewhere, deferElsewhere, loseElsewhere, release, accept, storeLaterVersion };
  return { redis, keys, log, held, handle, ...steps, events, lines, facts };
}

function logTo(lines: string[]) {
  const destination = { write: (line: string) => void lines.push(line) };
  return createLogger({ role: 'test', level: 'warn', destination });
}

/** Says one word and then waits until it is stopped. */
export const endless: Script = async function* ({ signal }) {
  yield text('a');
  const stopped = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => stopped.reject(signal.reason));
  await stopped.promise;
};
