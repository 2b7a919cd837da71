import type { RunId } from '../../packages/core/src/ids.ts';
import type { RunStore } from '../../packages/core/src/run-store/redis-run-store.ts';
import { newRun } from '../support/new-run.ts';
import type { Arrival, Scenario } from './scenarios.ts';

/** What a scenario is served by. */
export type ServingStore = Pick<RunStore, 'log' | 'leases' | 'backlog'>;

/** A run that was served: when it started and ended, in units of time. */
export interface Served extends Arrival {
  readonly startedAt: number;
  readonly endedAt: number;
}

/** For how many runs there is room; the store offers two more, which is what its workers find when they are done. */
const room = 4;
const slots = room + 2;
/** What the backlog believes a run to take. */
const estimatedTokens = 20;

/** Serves a scenario by the store's own steps, in units of time that take no time. */
export async function serveByStore(store: ServingStore, { arrivals }: Scenario): Promise<Served[]> {
  await store.leases.renew({ channel: 'worker', room }, []);
  const runs = new Map<RunId, Arrival>();
  const waiting = async (now: number) => {
    const { runs: released } = await store.backlog.release();
    return released.map(({ runId }) => start(runId, now));
  };
  const start = (runId: RunId, startedAt: number) => {
    const arrival = runs.get(runId);
    if (!arrival) throw new Error(`No run ${runId} was accepted.`);
    return { runId, served: { ...arrival, startedAt, endedAt: startedAt + arrival.tokens } };
  };
  return await serve(arrivals, {
    async accept(arrival) {
      const { flow, weight, runClass } = arrival;
      const place = { flow, weight, runClass, cost: estimatedTokens };
      const run = newRun('nobody', { place, deadlineMs: 24 * 3600 * 1000 });
      runs.set(run.id, arrival);
      const accepted = await store.log.accept(run);
      if (accepted.outcome !== 'accepted') throw new Error(`A run is not accepted: ${accepted.outcome}.`);
      if (!accepted.queue) return [start(run.id, arrival.at)];
      await store.backlog.add(run.id);
      return await waiting(arrival.at);
    },
    async end({ runId, served }) {
      const claim = await store.leases.claim(runId, { epoch: 0, channel: 'worker' });
      if (claim.outcome !== 'claimed') throw new Error(`A run is not claimed: ${claim.outcome}.`);
      const end = { reason: 'completed' as const, tokens: served.tokens, mayRetry: false };
      await store.log.append([{ runId, epoch: 1, seq: 1, visible: true, payload: '[]', end }]);
      return await waiting(served.endedAt);
    },
  });
}

/** The same, each in its turn: what the backlog is to be better than. */
export async function serveInTurn({ arrivals }: Scenario): Promise<Served[]> {
  const queue: Arrival[] = [];
  let free = slots;
  const next = (now: number): Started[] => {
    const taken = queue.splice(0, free);
    free -= taken.length;
    return taken.map((arrival) => ({
      served: { ...arrival, startedAt: now, endedAt: now + arrival.tokens },
    }));
  };
  return await serve(arrivals, {
    async accept(arrival) {
      queue.push(arrival);
      return next(arrival.at);
    },
    async end({ served }) {
      free += 1;
      return next(served.endedAt);
    },
  });
}

interface Started {
  readonly served: Served;
}

interface Server<Run extends Started> {
  /** Takes a run; gives those that start now. */
  accept(arrival: Arrival): Promise<Run[]>;
  end(run: Run): Promise<Run[]>;
}

async function serve<Run extends Started>(
  arrivals: readonly Arrival[],
  server: Server<Run>,
): Promise<Served[]> {
  const running: Run[] = [];
  const done: Served[] = [];
  const endUntil = async (now: number) => {
    for (;;) {
      running.sort((one, other) => one.served.endedAt - other.served.endedAt);
      const [first] = running;
      if (!first || first.served.endedAt > now) return;
      running.shift();
      done.push(first.served);
      running.push(...(await server.end(first)));
    }
  };
  for (const arrival of arrivals) {
    await endUntil(arrival.at);
    running.push(...(await server.accept(arrival)));
  }
  await endUntil(Number.POSITIVE_INFINITY);
  return done;
}
