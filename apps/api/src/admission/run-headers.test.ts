import { expect, test } from 'vitest';
import { parseRunHeaders } from './run-headers.ts';

test('without headers a run has the longest deadline and is cancelled when its client leaves', () => {
  expect(parseRunHeaders({}, 600_000)).toEqual({
    deadlineMs: 600_000,
    onDisconnect: 'cancel',
    showEvents: false,
    idempotencyKey: undefined,
  });
});

test('a deadline is capped at the run timeout', () => {
  expect(parseRunHeaders({ 'x-request-deadline-ms': '2500' }, 600_000).deadlineMs).toBe(2500);
  expect(parseRunHeaders({ 'x-request-deadline-ms': '999999999' }, 600_000).deadlineMs).toBe(600_000);
});

test('the other headers are taken as they are', () => {
  const headers = { 'x-on-disconnect': 'continue', 'x-calute-events': '1', 'idempotency-key': 'a-b_c!' };
  expect(parseRunHeaders(headers, 1)).toMatchObject({
    onDisconnect: 'continue',
    showEvents: true,
    idempotencyKey: 'a-b_c!',
  });
});

test.each([
  ['X-Request-Deadline-Ms', '0'],
  ['X-Request-Deadline-Ms', '-5'],
  ['X-Request-Deadline-Ms', '1.5'],
  ['X-Request-Deadline-Ms', ''],
  ['X-Request-Deadline-Ms', '1e3'],
  ['X-On-Disconnect', 'stop'],
  ['X-Calute-Events', 'yes'],
  ['Idempotency-Key', ''],
  ['Idempotency-Key', 'with space'],
  ['Idempotency-Key', 'é'],
  ['Idempotency-Key', 'k'.repeat(256)],
])('%s: %j is refused by name', (name, value) => {
  expect(() => parseRunHeaders({ [name.toLowerCase()]: value }, 1)).toThrow(
    expect.objectContaining({ code: 'invalid_header', param: name }),
  );
});
