import { expect, test } from 'vitest';
import { toReadableLine } from './readable-lines.ts';

const time = new Date(2026, 0, 2, 3, 4, 5).getTime();
const base = { level: 30, time, role: 'worker', pid: 1 };
const read = (fields: object, colours = false) =>
  toReadableLine(`${JSON.stringify({ ...base, ...fields })}\n`, { colours });

const finished = {
  runId: 'chatcmpl-1',
  agent: 'echo',
  attempt: 1,
  end: 'completed',
  outcome: 'stored',
  waitedMs: 3,
  durationMs: 1234,
  usage: { promptTokens: 3, completionTokens: 12 },
  msg: 'run.finished',
};

test('a run is one line: agent, end, tokens, time', () => {
  expect(read(finished)).toBe('03:04:05 worker echo completed: 3 + 12 tokens, 1.23 s chatcmpl-1\n');
});

test('it says why a run failed, how long it was queued and which attempt it was', () => {
  const { usage, ...failed } = {
    ...finished,
    end: 'failed',
    code: 'upstream_error',
    waitedMs: 2500,
    attempt: 2,
  };
  expect(read(failed)).toBe(
    '03:04:05 worker echo failed upstream_error: no tokens, 1.23 s (2.50 s queued) attempt=2 chatcmpl-1\n',
  );
});

test('any other fact is its event and its fields, the run at the end', () => {
  const line = read({
    level: 40,
    runId: 'chatcmpl-1',
    host: 'x:1',
    status: 500,
    reason: 'not "well"',
    msg: 'provider.failed',
  });
  expect(line).toBe(
    '03:04:05 WARN worker provider.failed host=x:1 status=500 reason="not \\"well\\"" runId=chatcmpl-1\n',
  );
});

test("an error's stack follows on lines of its own", () => {
  const err = { type: 'TypeError', message: 'no', stack: 'TypeError: no\n    at tool (x.ts:1:2)' };
  expect(read({ level: 50, tool: 'roll', err, msg: 'run.tool-failed' })).toBe(
    '03:04:05 ERROR worker run.tool-failed tool=roll\n    TypeError: no\n        at tool (x.ts:1:2)\n',
  );
});

test('what others say cannot rewrite the terminal', () => {
  const err = { message: 'x', stack: 'x \u001b[2J\u0007 y' };
  const line = read({ reason: '\u001b[2J\u009b1m', agent: 'a\u001b[31m', err, msg: 'x' });
  expect(line.slice(0, -1).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(read({ ...finished, agent: 'a\u001b[2J' })).toContain(' a completed');
});

test('colours are for those who want them', () => {
  expect(read(finished, true)).toContain('\u001b[32mcompleted\u001b[39m');
});

test.each(['plain text\n', '1\n', 'null\n'])('a line that is no object stays as it is: %j', (line) => {
  expect(toReadableLine(line, { colours: false })).toBe(line);
});
