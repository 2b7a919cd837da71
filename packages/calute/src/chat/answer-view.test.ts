import { expect, test } from 'vitest';
import { recordTerminal } from '../cli/testing/record-terminal.ts';
import { chunkSchema } from '../client/chunk.ts';
import { createAnswerView } from './answer-view.ts';

const chunk = (delta: object, calute?: object) =>
  chunkSchema.parse({ id: 'chatcmpl-1', choices: [{ index: 0, delta }], ...(calute ? { calute } : {}) });

const chunks = [
  chunk({}, { event: 'queued', position: 2 }),
  chunk({}, { event: 'queued', position: 2 }),
  chunk({ reasoning: 'hm' }),
  chunk({ content: 'One' }),
  chunk({}, { event: 'tool-start', name: 'look' }),
  chunk({}, { event: 'tool-end', name: 'look', ok: false, duration_ms: 3 }),
  chunk({}, { event: 'handoff', from: 'desk', to: 'poet' }),
  chunk({ content: 'two' }),
];

test('in a pipe the results are the text alone', () => {
  const terminal = recordTerminal();
  const view = createAnswerView(terminal);
  for (const one of chunks) view.show(one);
  view.end();
  expect(terminal.written).toBe('Onetwo\n');
  expect(terminal.noted).toBe(
    '· waits for a worker, 2 before it\nhm\n⚙ look …\n⚙ look failed (3 ms)\n→ desk hands over to poet\n',
  );
});

test('in a terminal notes stand on lines of their own, and text cannot move the cursor', () => {
  const terminal = recordTerminal({ isInteractive: true });
  const view = createAnswerView(terminal);
  view.show(chunk({ content: 'a\x1b[2Jb\u009b\x07\tc\nd' }));
  view.note('note');
  view.end();
  expect(terminal.written).toBe('a[2Jb\tc\nd');
  expect(terminal.noted).toBe('\nnote\n');
});
