import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { logChildOutput } from './log-child-output.ts';

test('lines are put together, cut and redacted; empty ones are left out, and the last needs no end', async () => {
  const { say, lines } = open();
  const logged = await say(['one\ntw', 'o sk-key\n\n', 'x'.repeat(900), 'x'.repeat(900), '\nlast']);
  expect(logged).toEqual(['one', 'two [removed]', 'x'.repeat(1000), 'last']);
  expect(lines.every(({ msg }) => msg === 'tool-server.output')).toBe(true);
});

test('a minute has 60 lines, and the next one tells how many were dropped', async () => {
  const { say, lines, clock } = open();
  const stream = say(['a\n'.repeat(100)], false);
  await expect.poll(() => lines.length).toBe(60);
  clock.nowMs = 60_000;
  stream.end('b\n');
  await finished(stream);
  expect(lines.slice(60)).toMatchObject([{ msg: 'tool-server.output-dropped', dropped: 40 }, { line: 'b' }]);
});

function open() {
  const clock = { nowMs: 0 };
  const lines: { msg: string; line?: string }[] = [];
  const logger = createLogger({
    role: 'test',
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  const output = new PassThrough();
  const redact = (text: string) => text.replace('sk-key', '[removed]');
  logChildOutput(output, { logger, redact, now: () => clock.nowMs });
  function say(chunks: readonly string[]): Promise<(string | undefined)[]>;
  function say(chunks: readonly string[], ends: false): PassThrough;
  function say(chunks: readonly string[], ends = true) {
    for (const chunk of chunks) output.write(chunk);
    if (!ends) return output;
    output.end();
    return finished(output).then(() => lines.map(({ line }) => line));
  }
  return { say, lines, clock };
}
