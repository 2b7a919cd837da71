import { hostname } from 'node:os';
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Agent } from '@calute/core/agent/agent';
import { startPeriodic } from '@calute/core/async/periodic';
import { createWorkerReports, reportEveryMs } from '@calute/core/fleet/worker-reports';
import type { OpenedRunStore } from '@calute/core/partitions/open-run-store';
import type { HeldRuns } from './attempt/held-runs.ts';

/** Tells the console of this worker. Never throws: what fails is told by the next round. */
export interface Reporting {
  /** Says at once, and from now on, whether it takes no more runs. */
  setDraining(isDraining: boolean): Promise<void>;
  /** Takes its report away: it stops by itself. */
  stop(): Promise<void>;
}

export interface ReportingParts {
  readonly store: Pick<OpenedRunStore, 'redis' | 'keys'>;
  readonly workerId: string;
  /** As they are now: a reload puts others in. */
  readonly agents: ReadonlyMap<string, Agent>;
  readonly slots: number;
  readonly held: Pick<HeldRuns, 'size'>;
  onError(error: unknown): void;
}

export async function startReporting(parts: ReportingParts): Promise<Reporting> {
  const { store, workerId, agents, slots, held, onError } = parts;
  const reports = createWorkerReports(store.redis, store.keys, workerId);
  const readProcess = describeProcess();
  const loop = createLoopGauge();
  let draining = false;
  const tell = () => {
    const names = [...agents.keys()].sort();
    return reports.report({
      slots,
      used: held.size,
      draining,
      agents: names,
      ...readProcess(),
      ...loop.read(),
    });
  };
  const tellOrReport = () => tell().catch(onError);
  await tellOrReport();
  const periodic = startPeriodic({ everyMs: reportEveryMs, round: tell, onError });
  return {
    setDraining(isDraining) {
      draining = isDraining;
      return tellOrReport();
    },
    async stop() {
      await periodic.stop();
      loop.close();
      await reports.forget().catch(onError);
    },
  };
}

function describeProcess() {
  const fixed = { startedAtMs: Date.now(), host: hostname(), pid: process.pid };
  return () => ({ ...fixed, memoryBytes: process.memoryUsage.rss() });
}

/** How busy the event loop was since the last look, and for how long it was blocked at most. */
function createLoopGauge() {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let before: EventLoopUtilization | undefined;
  return {
    read() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      const blockedMs = Math.round(delay.max / 1e6);
      delay.reset();
      return { loop: Math.round(utilization * 1000) / 1000, blockedMs };
    },
    close: () => void delay.disable(),
  };
}
