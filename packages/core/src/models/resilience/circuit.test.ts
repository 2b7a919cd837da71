import { expect, test } from 'vitest';
import { type Admission, type CallResult, createCircuit } from './circuit.ts';

const limits = { failures: 3, withinMs: 1000, openMs: 100, maxOpenMs: 300, probeMs: 50 };

function open() {
  const clock = { now: 0 };
  const circuit = createCircuit(() => clock.now, limits);
  const admitAt = (now: number): Admission => {
    clock.now = now;
    return circuit.admit();
  };
  const callAt = (now: number, result: CallResult) => report(admitAt(now), result);
  return { clock, circuit, admitAt, callAt };
}

function report(admission: Admission, result: CallResult): string {
  if (admission.outcome === 'refused') return `refused for ${admission.retryAfterMs}`;
  admission.report(result);
  return admission.kind;
}

/** One that has opened at 0. */
function openAfterFailures() {
  const opened = open();
  for (let call = 0; call < limits.failures; call++) opened.callAt(0, 'failed');
  return opened;
}

test('a circuit opens with the last of enough failures in a row, and says for how long', () => {
  const { circuit, callAt } = openAfterFailures();
  expect(circuit.isClosed).toBe(false);
  expect([callAt(0, 'failed'), callAt(99, 'failed')]).toEqual(['refused for 100', 'refused for 1']);
});

test('a circuit stays closed when an answer comes between the failures', () => {
  const { circuit, callAt } = open();
  for (const result of ['failed', 'failed', 'answered', 'failed', 'failed'] as const) callAt(0, result);
  expect(circuit.isClosed).toBe(true);
});

test('a circuit stays closed when the failures are too far apart', () => {
  const { circuit, callAt } = open();
  for (const now of [0, 600, 1200, 1800, 2400]) callAt(now, 'failed');
  expect(circuit.isClosed).toBe(true);
  callAt(2500, 'failed');
  expect(circuit.isClosed).toBe(false);
});

test('calls that say nothing of the upstream neither open a circuit nor keep it closed', () => {
  const { circuit, callAt } = open();
  for (const result of ['failed', 'unknown', 'failed', 'unknown'] as const) callAt(0, result);
  expect(circuit.isClosed).toBe(true);
  callAt(0, 'failed');
  expect(circuit.isClosed).toBe(false);
});

test('only one of many calls becomes the probe, and its answer closes the circuit for all', () => {
  const { circuit, admitAt, callAt } = openAfterFailures();
  const admissions = Array.from({ length: 20 }, () => admitAt(100));
  const [probe, ...others] = admissions;
  expect(probe).toMatchObject({ outcome: 'admitted', kind: 'probe' });
  for (const other of others) expect(other).toEqual({ outcome: 'refused', retryAfterMs: 1000 });
  if (probe !== undefined) report(probe, 'answered');
  expect(circuit.isClosed).toBe(true);
  expect(callAt(100, 'failed')).toBe('call');
});

test('a circuit opens for twice as long with each probe that fails, up to a bound, and starts over after an answer', () => {
  const { callAt } = openAfterFailures();
  expect(callAt(100, 'failed')).toBe('probe');
  expect(callAt(100, 'failed')).toBe('refused for 200');
  expect(callAt(300, 'failed')).toBe('probe');
  expect(callAt(300, 'failed')).toBe('refused for 300');
  expect(callAt(600, 'failed')).toBe('probe');
  expect(callAt(600, 'failed')).toBe('refused for 300');
  expect(callAt(900, 'answered')).toBe('probe');
  for (let call = 0; call < limits.failures; call++) expect(callAt(900, 'failed')).toBe('call');
  expect(callAt(900, 'failed')).toBe('refused for 100');
});

test('a probe that was given up lets the next call be one', () => {
  const { callAt } = openAfterFailures();
  expect([callAt(100, 'unknown'), callAt(100, 'answered'), callAt(100, 'answered')]).toEqual([
    'probe',
    'probe',
    'call',
  ]);
});

test('a probe that does not come back makes room for another, and its late result no longer counts', () => {
  const { circuit, admitAt, callAt } = openAfterFailures();
  const late = admitAt(100);
  expect(callAt(149, 'failed')).toBe('refused for 1000');
  const second = admitAt(150);
  expect(second).toMatchObject({ kind: 'probe' });
  report(late, 'answered');
  expect(circuit.isClosed).toBe(false);
  report(second, 'answered');
  expect(circuit.isClosed).toBe(true);
});

test('calls from before the opening neither close the circuit nor keep it open for longer', () => {
  const { clock, circuit, admitAt, callAt } = open();
  const early = [admitAt(0), admitAt(0)];
  for (let call = 0; call < limits.failures; call++) callAt(0, 'failed');
  clock.now = 50;
  expect(early.map((admission, index) => report(admission, index === 0 ? 'answered' : 'failed'))).toEqual([
    'call',
    'call',
  ]);
  expect(circuit.isClosed).toBe(false);
  expect(callAt(50, 'failed')).toBe('refused for 50');
});

test('a call counts once however often it reports', () => {
  const { circuit, admitAt } = open();
  const admission = admitAt(0);
  for (let time = 0; time < 10; time++) report(admission, 'failed');
  expect(circuit.isClosed).toBe(true);
});
