import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Cursor } from './cursor.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

it('keeps frames for a reader that is busy without the messages that they came in', () => {
  const cursor = new Cursor({ afterSeq: 0, behind: false, maxBufferedBytes: 1_000_000 });
  const before = usedBytes();
  const count = 1000;
  for (let seq = 1; seq <= count; seq += 1) {
    const message = Buffer.alloc(20_000, 'x').toString();
    cursor.offer({ seq, payload: message.slice(100, 200) });
  }
  expect(usedBytes() - before).toBeLessThan(4_000_000);
  expect(cursor.take()).toHaveLength(count);
});

function usedBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
