import { expect, test } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { createErrorReport } from './error-report.ts';

test('an outage makes one line a second, which counts what was held back', () => {
  const { logger, lines } = collectLines();
  let nowMs = 0;
  const report = createErrorReport(logger, () => nowMs);
  for (nowMs = 0; nowMs < 3000; nowMs += 100)
    report(new Error('refused'), nowMs % 200 ? 'worker' : 'command');
  expect(lines.map((line) => [line['msg'], line['heldBack']])).toEqual([
    ['redis.error', 0],
    ['redis.error', 9],
    ['redis.error', 9],
  ]);
});

test('a line names the code of the error and nothing of the command that failed', () => {
  const { logger, lines } = collectLines();
  const error = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
    code: 'EAUTH',
    command: { name: 'auth', args: ['canary-password'] },
  });
  createErrorReport(logger)(error, 'command');
  expect(lines[0]).toMatchObject({ error: 'EAUTH', connection: 'command', level: 50 });
  expect(JSON.stringify(lines)).not.toContain('canary');
});

function collectLines() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { logger: createLogger({ role: 'api', level: 'info', destination }), lines };
}
