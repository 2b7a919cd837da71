import { describe, expect, test } from 'vitest';
import { readChaosSettings } from './chaos-settings.ts';
import type { Fault } from './inject-faults.ts';
import { judgeBaselineRun } from './oracle/judge-baseline.ts';
import { judgeCode } from './oracle/judge-code.ts';
import { judgeUpstream } from './oracle/judge-upstream.ts';
import { measureRecovery } from './oracle/recovery.ts';
import { reachVerdict } from './oracle/verdict.ts';
import { sumUp } from './oracle/violation.ts';
import { connection, failed, lost, none, report, request, say } from './oracle-samples.ts';
import { planFaults } from './plan-faults.ts';
import { type Behaviour, planRuns } from './plan-runs.ts';
import type { RunReport } from './run-report.ts';
import type { UpstreamRequest } from './upstream-record.ts';

describe('why a run ended', () => {
  const lostRun = report(connection(say(1), lost), { end: failed, startedMs: 1000, endedMs: 9000 });
  const by = (worker: string) => [request({ worker })];

  test('worker_lost is explained by a fault of a worker that held the run, and by nothing else', () => {
    const kill: Fault = { kind: 'worker-kill', target: 'worker-0.1', fromMs: 2000, toMs: 3000 };
    const sum = (faults: Fault[], worker: string) =>
      sumUp(judgeCode(lostRun, { faults, requests: by(worker) }));
    expect(sum([kill], 'worker-0.1')).toEqual(none);
    expect(sum([kill], 'worker-1.1')).toEqual({ ...none, lost: 1 });
    expect(sum([], 'worker-0.1')).toEqual({ ...none, lost: 1 });
    expect(sum([{ ...kill, kind: 'api-kill' }], 'worker-0.1')).toEqual({ ...none, lost: 1 });
    expect(sum([{ ...kill, fromMs: 20_000, toMs: 21_000 }], 'worker-0.1')).toEqual({ ...none, lost: 1 });
  });

  test.each([
    ['run_cancelled', { type: 'cancel', afterMs: 1 }],
    ['upstream_cut', { type: 'cut', atToken: 2 }],
  ] as const)('%s is right only for a run that asked for it', (code, behaviour) => {
    const end = { ...failed, code };
    const judgeEnd = (given?: Behaviour) =>
      sumUp(
        judgeCode(report([], { end, ...(given ? { behaviour: given } : {}) }), { faults: [], requests: [] }),
      );
    expect(judgeEnd(behaviour)).toEqual(none);
    expect(judgeEnd()).toEqual({ ...none, lost: 1 });
  });

  test.each(['deadline_exceeded', 'rate_limit_exceeded', 'server_is_overloaded'])(
    '%s is right at the deadline of 30 s, and not before',
    (code) => {
      const endedAfter = (ms: number) => report([], { end: { ...failed, code }, startedMs: 0, endedMs: ms });
      const sum = (run: RunReport) => sumUp(judgeCode(run, { faults: [], requests: [] }));
      expect(sum(endedAfter(30_000))).toEqual(none);
      expect(sum(endedAfter(20_000))).toEqual({ ...none, lost: 1 });
    },
  );

  test('a run without an end is stuck, unless its time ran out while Redis was stopped', () => {
    const run = report([], { end: { type: 'stuck' }, startedMs: 0, endedMs: 40_000 });
    const stop: Fault = { kind: 'redis-stop', target: 'redis', fromMs: 29_000, toMs: 41_000 };
    const stuckWith = (faults: Fault[]) => {
      const upstream = { requests: [], refused: 0, tools: [] };
      return reachVerdict(
        { reports: [run], batches: [], faults, upstream, stuck: [], unexpectedEnds: 0 },
        false,
      ).totals.stuck;
    };
    expect(stuckWith([stop])).toBe(0);
    expect(stuckWith([])).toBe(1);
    expect(stuckWith([{ ...stop, fromMs: 1000, toMs: 12_000 }])).toBe(1);
    expect(stuckWith([{ ...stop, kind: 'worker-kill' }])).toBe(1);
  });

  test('a run that waited for its provider up to its deadline is starved, and a hasty one is not', () => {
    const end = { ...failed, code: 'deadline_exceeded' };
    const runs = [report([], { end }), report([], { end, behaviour: { type: 'hasty' } }), report([])];
    const upstream = { requests: [], refused: 0, tools: [] };
    const seen = { reports: runs, batches: [], faults: [], upstream, stuck: [], unexpectedEnds: 0 };
    expect(reachVerdict(seen, true).starved).toBe(1);
  });

  test.each(['internal_error', 'store_lost', 'run_not_found', 'malformed-event'])(
    '%s is never right',
    (code) => {
      const ended = report([], { end: { ...failed, code } });
      expect(sumUp(judgeCode(ended, { faults: [], requests: [] }))).toEqual({ ...none, lost: 1 });
    },
  );
});

describe('what the upstream has seen', () => {
  const ended = report(connection(say(1, 2, 3), '[DONE]'), { startedMs: 1000, endedMs: 9000 });
  const sum = (requests: UpstreamRequest[], faults: Fault[] = [], run = ended) =>
    sumUp(judgeUpstream({ requests, refused: 0, tools: [] }, [run], faults));

  test('a request that is over soon after its run is right', () => {
    expect(sum([request({ closedMs: 9500 })])).toEqual(none);
  });

  test('a request that goes on after its run, or for ever, is an orphan', () => {
    expect(sum([request({ closedMs: 15_000 })])).toEqual({ ...none, orphan: 1 });
    expect(sum([request({ closedMs: undefined, state: 'open' })])).toEqual({ ...none, orphan: 1 });
  });

  test('a stopped worker may hang up when it goes on', () => {
    const pause: Fault = { kind: 'worker-pause', target: 'worker-0.1', fromMs: 2000, toMs: 17_000 };
    expect(sum([request({ closedMs: 18_000 })], [pause])).toEqual(none);
    expect(sum([request({ closedMs: 23_000 })], [pause])).toEqual({ ...none, orphan: 1 });
  });

  test('a request for a client that left is an orphan after the grace, unless its API was disturbed', () => {
    const left = report({ ...connection(say(1)), closedMs: 3000 }, { end: { type: 'left' }, endedMs: 3000 });
    const kill: Fault = { kind: 'api-kill', target: 'api-0.1', fromMs: 3500, toMs: 4000 };
    expect(sum([request({ closedMs: 5200 })], [], left)).toEqual(none);
    expect(sum([request({ closedMs: 12_000 })], [], left)).toEqual({ ...none, orphan: 1 });
    expect(sum([request({ closedMs: 12_000 })], [kill], left)).toEqual(none);
    // The first API was killed under the stream and still stands as a reader of the run.
    const before = { ...connection([]), openedMs: 1000, closedMs: 1600 };
    const moved = { ...left, connections: [before, ...left.connections] };
    const earlier = { ...kill, fromMs: 1500, toMs: 1900 };
    expect(sum([request({ closedMs: 27_000 })], [earlier], moved)).toEqual(none);
    expect(sum([request({ closedMs: 29_000 })], [earlier], moved)).toEqual({ ...none, orphan: 1 });
    expect(sum([request({ closedMs: 12_000 })], [{ ...earlier, fromMs: 300, toMs: 900 }], moved)).toEqual({
      ...none,
      orphan: 1,
    });
  });

  test('a tool that ran twice is seen', () => {
    const tools = [
      { run: 'r7', callId: 'call-1' },
      { run: 'r7', callId: 'call-1' },
      { run: 'r8', callId: 'call-2' },
    ];
    expect(sumUp(judgeUpstream({ requests: [], refused: 0, tools }, [], []))).toEqual({
      ...none,
      tool_doubled: 1,
    });
  });

  test('recovery is the time from a kill to the next event or attempt of each run that the worker held', () => {
    const kill: Fault = { kind: 'worker-kill', target: 'worker-0.1', fromMs: 2000, toMs: 3000 };
    const requests = [
      request({ closedMs: 2000 }),
      request({ worker: 'worker-1.1', openedMs: 8000, closedMs: 8900 }),
    ];
    const waits = { runs: 1, p50Ms: 6000, maxMs: 6000, slowest: 'r7' };
    const nothing = { runs: 0, p50Ms: 0, maxMs: 0, slowest: 'none' };
    const measure = (...others: Fault[]) => measureRecovery([ended], requests, [kill, ...others]);
    const outage: Fault = { kind: 'redis-kill', target: 'redis', fromMs: 13_900, toMs: 14_500 };
    const apiKill: Fault = { kind: 'api-kill', target: 'api-0.1', fromMs: 7000, toMs: 7500 };
    const cancelled = JSON.stringify({ error: { code: 'run_cancelled' } });
    const end = { ...failed, code: 'run_cancelled' };
    const own = report(connection(say(1), cancelled), { end, startedMs: 1000, endedMs: 7900 });
    own.connections[0]?.records.splice(0, 1);
    expect(measureRecovery([own], [request({ closedMs: 2000 })], [kill]).single).toEqual(nothing);
    expect(measure(apiKill)).toEqual({ single: waits, overlapping: nothing });
    expect(measure(outage)).toEqual({ single: nothing, overlapping: waits });
    expect(measure({ ...outage, fromMs: 14_100 })).toEqual({ single: waits, overlapping: nothing });
  });
});

test('the baseline is judged by its text in the order in which it came', () => {
  const sum = (run: RunReport) => sumUp(judgeBaselineRun(run));
  expect(sum(report([connection(say(1)), connection(say(2, 3), '[DONE]')]))).toEqual(none);
  expect(sum(report([connection(say(1)), connection(say(3), '[DONE]')]))).toEqual({ ...none, lost: 1 });
  expect(sum(report(connection(say(1)), { end: { type: 'stuck' } }))).toEqual({ ...none, stuck: 1 });
});

describe('the plan of a suite', () => {
  const settings = readChaosSettings({ SEED: '5', DURATION_S: '300' });

  test('is the same for the same seed, and another for another', () => {
    expect(planRuns(settings)).toEqual(planRuns(settings));
    expect(planFaults(settings)).toEqual(planFaults(settings));
    expect(planFaults({ ...settings, seed: 6 })).not.toEqual(planFaults(settings));
  });

  test('asks for every format in every way, and for chat alone of what is broken on purpose', () => {
    const asked = (env: Record<string, string>) =>
      planRuns(readChaosSettings({ SEED: '5', DURATION_S: '300', ...env })).map(
        ({ format, stream, background }) =>
          `${format} ${background ? 'later' : stream ? 'streamed' : 'whole'}`,
      );
    expect(new Set(asked({})).size).toBe(5);
    expect(new Set(asked({ CHAOS_MUTANT: 'splice' })).size).toBe(2);
    expect(new Set(asked({ CHAOS_BASELINE: '1' })).size).toBe(2);
  });

  test('has every kind of fault, and one worker disturbed at a time', () => {
    const faults = planFaults(settings);
    expect(new Set(faults.map(({ kind }) => kind)).size).toBe(10);
    const ofWorkers = faults.filter(({ kind }) => kind.startsWith('worker-'));
    ofWorkers.slice(1).forEach(({ atMs }, index) => {
      const before = ofWorkers[index];
      expect(atMs).toBeGreaterThan((before?.atMs ?? 0) + (before?.lastsMs ?? 0));
    });
  });
});
