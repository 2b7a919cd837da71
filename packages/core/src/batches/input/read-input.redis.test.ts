import { expect, test } from 'vitest';
import { failOnLeaks } from '../../../../../tests/support/leaks.ts';
import { openTestFiles, tenant } from '../../files/testing/open-test-files.ts';
import { createBatchInput } from './read-input.ts';

failOnLeaks();

const { signal } = new AbortController();

async function openInput(text: string) {
  const { make, files } = await openTestFiles();
  const { id } = await make(text, { purpose: 'batch' });
  return createBatchInput({ files, maxLineBytes: 100 }, { tenant, inputFileId: id });
}

test.each([1, 3, 7, 1000])('windows of about %i bytes join to the whole file', async (maxBytes) => {
  const text = ['a', '', 'bcd', 'x'.repeat(60), 'é', 'last'].join('\n');
  const input = await openInput(text);
  const found: string[] = [];
  let from: { offset: number; number: number } | undefined = { offset: 0, number: 1 };
  while (from !== undefined) {
    const window = await input.readWindow(from, { maxLines: 2, maxBytes }, signal);
    expect(window.lines.length).toBeGreaterThan(0);
    for (const line of window.lines) {
      expect(line.number).toBe(found.length + 1);
      found.push(line.kind === 'text' ? line.text : line.kind);
      expect(await input.readOne(line, signal)).toEqual(line);
    }
    from = window.next;
  }
  expect(found.join('\n')).toBe(text);
});

test('a line that is too long is told, and those behind it are read', async () => {
  const input = await openInput(`${'x'.repeat(500)}\nnext\n`);
  const { lines, next } = await input.readWindow(
    { offset: 0, number: 1 },
    { maxLines: 9, maxBytes: 10 },
    signal,
  );
  expect(lines.map(({ kind }) => kind)).toEqual(['too-long', 'text']);
  expect(next).toBeUndefined();
});
