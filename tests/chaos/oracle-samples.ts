import type { Behaviour, RunPlan } from './plan-runs.ts';
import type { Connection, RunReport, SeenRecord } from './run-report.ts';
import type { UpstreamRequest } from './upstream-record.ts';

export const none = {
  lost: 0,
  doubled: 0,
  reordered: 0,
  stuck: 0,
  double_end: 0,
  tool_doubled: 0,
  orphan: 0,
};
export const failed = { type: 'error', code: 'worker_lost', inBand: true } as const;
export const lost = JSON.stringify({ error: { code: 'worker_lost' } });

/** The report of run r7, which has three tokens and is complete. */
export function report(
  connections: Connection | Connection[],
  { behaviour = { type: 'plain' }, ...given }: Partial<RunReport> & { behaviour?: Behaviour } = {},
): RunReport {
  const plan: RunPlan = {
    tag: 'r7',
    atMs: 0,
    format: 'chat',
    stream: true,
    background: false,
    keyed: false,
    includeUsage: false,
    tokens: 3,
    firstTokenMs: 0,
    paceMs: 0,
    padBytes: 0,
    tier: 'default',
    refusedFirst: false,
    deadlineMs: 30_000,
    api: 0,
    behaviour,
  };
  const end = { type: 'completed' } as const;
  return {
    plan,
    startedMs: 0,
    endedMs: 0,
    runId: 'chatcmpl-7',
    connections: [connections].flat(),
    superseded: [],
    end,
    ...given,
  };
}

export function connection(data: readonly string[], ...more: readonly string[]): Connection {
  const records = [...data, ...more].map((one, index) => ({ id: index + 1, data: one, atMs: 8000 }));
  return { afterId: 0, openedMs: 0, closedMs: 0, records };
}

export function renumber(records: readonly SeenRecord[], from: number): SeenRecord[] {
  return records.map((record, index) => ({ ...record, id: from + index }));
}

export function say(...tokens: readonly number[]): string[] {
  return tokens.map((token) => chunk(text(token)));
}

export function text(...tokens: readonly number[]): string {
  return tokens.map((token) => `r7.a1.t${token} `).join('');
}

export function chunk(content: string): string {
  return JSON.stringify({ id: 'chatcmpl-7', choices: [{ delta: { content } }] });
}

export function ofAttempt2(data: string): string {
  return data.replace('.a1.', '.a2.');
}

export function request(given: Partial<UpstreamRequest>): UpstreamRequest {
  return {
    run: 'r7',
    attempt: 1,
    worker: 'worker-0.1',
    openedMs: 1000,
    closedMs: 1000,
    state: 'finished',
    ...given,
  };
}
