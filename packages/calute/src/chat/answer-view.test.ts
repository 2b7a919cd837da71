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

test('the work of a team is told', () => {
  const terminal = recordTerminal();
  const view = createAnswerView(terminal);
  view.show(chunk({}, { event: 'plan', tasks: [{ task: 'facts', agent: 'scout' }] }));
  view.show(chunk({}, { event: 'task-start', task: 'facts', agent: 'scout' }));
  view.show(chunk({}, { event: 'task-end', task: 'facts', agent: 'scout', duration_ms: 5 }));
  view.show(chunk({}, { event: 'review', task: 'facts', agent: 'lead', approved: false, score: 4 }));
  view.show(chunk({}, { event: 'task-start', task: 'facts', agent: 'scout', round: 2 }));
  view.show(chunk({}, { event: 'of a later version', agent: 'scout' }));
  expect(terminal.noted.split('\n')).toEqual([
    '□ plan: facts (scout)',
    '□ facts: scout begins',
    '■ facts: scout is done (5 ms)',
    '✗ facts: not approved, score 4',
    '□ facts: scout begins, once more',
    '',
  ]);
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
