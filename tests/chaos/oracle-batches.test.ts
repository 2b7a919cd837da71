import { expect, test } from 'vitest';
import type { BatchReport } from './batch-report.ts';
import { readChaosSettings } from './chaos-settings.ts';
import { judgeBatch } from './oracle/judge-batch.ts';
import { sumUp } from './oracle/violation.ts';
import { none } from './oracle-samples.ts';
import { planBatches } from './plan-batches.ts';

const order = { tokens: 2, firstTokenMs: 0, paceMs: 0, padBytes: 0 };
const plan = {
  tag: 'b1',
  atMs: 0,
  lines: [
    { run: 'r1', ...order },
    { run: 'r2', ...order },
  ],
  api: 0,
} as const;
const whole = (run: string) => `${run}.a1.t1 ${run}.a1.t2 `;

function result(run: string, content = whole(run)): BatchReport['results'][number] {
  const response = { status_code: 200, body: { choices: [{ message: { content } }] } };
  return { from: 'output', line: JSON.stringify({ custom_id: run, response, error: null }) };
}

function judge(results: BatchReport['results'], more: Partial<BatchReport> = {}) {
  return sumUp(judgeBatch({ plan, end: 'completed', counts: [0, 1, 2], results, ...more }));
}

const [one, two] = [result('r1'), result('r2')];
const failed = {
  from: 'errors' as const,
  line: JSON.stringify({ custom_id: 'r2', response: { body: { error: {} } } }),
};

test('a batch that has ended with each line once is right, in whatever order', () => {
  expect(judge([two, one])).toEqual(none);
});

test.each<[string, BatchReport['results'], object]>([
  ['a line is in no file', [one], { lost: 1 }],
  ['a line is there twice', [one, two, two], { doubled: 1 }],
  ['a line is in both files', [one, two, failed], { doubled: 1 }],
  ['a line has failed', [one, failed], { lost: 1 }],
  ['an answer is not whole', [one, result('r2', 'r2.a1.t1 ')], { lost: 1 }],
  ['an answer is that of another line', [one, result('r2', whole('r1'))], { lost: 4 }],
  ['there is a line that nobody asked for', [one, two, result('r3')], { lost: 1 }],
  ['a line is damaged', [one, two, { from: 'output', line: '{"custom_id":"r' }], { lost: 1 }],
])('that %s is seen', (_, results, expected) => {
  expect(judge(results)).toEqual({ ...none, ...expected });
});

test('a count that goes back, no end and another end are seen', () => {
  expect(judge([one, two], { counts: [0, 2, 1, 2] })).toEqual({ ...none, reordered: 1 });
  expect(judge([], { end: 'stuck' })).toEqual({ ...none, stuck: 1 });
  expect(judge([], { end: 'failed' })).toEqual({ ...none, lost: 2 });
});

test('the plan of a suite has a batch every 20 s, of lines of their own', () => {
  const batches = planBatches(readChaosSettings({ SEED: '5', DURATION_S: '60' }));
  expect(batches.map(({ atMs }) => atMs)).toEqual([3000, 23_000, 43_000]);
  expect(new Set(batches.flatMap(({ lines }) => lines.map(({ run }) => run))).size).toBe(60);
  expect(planBatches(readChaosSettings({ CHAOS_MUTANT: 'splice' }))).toEqual([]);
});
