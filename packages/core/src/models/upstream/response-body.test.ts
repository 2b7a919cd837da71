import { expect, test } from 'vitest';
import { ResponseBody } from './response-body.ts';

/** A body, and what it has told its connection. */
function open() {
  const told: string[] = [];
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: ({ message }: Error) => void told.push(message),
    pause: () => void told.push('pause'),
    resume: () => void told.push('resume'),
  };
  const body = new ResponseBody(controller);
  return { told, body, chunks: body[Symbol.asyncIterator]() };
}

const bytes = (length: number) => new Uint8Array(length);

test('chunks come in order, those that came before a failure in front of it', async () => {
  const { body, chunks } = open();
  const first = chunks.next();
  body.push(bytes(1));
  body.push(bytes(2));
  body.finish(new Error('cut'));
  expect(await first).toMatchObject({ value: { length: 1 } });
  expect(await chunks.next()).toMatchObject({ value: { length: 2 } });
  await expect(chunks.next()).rejects.toThrow('cut');
});

test('a reader that waits is told of the end, and of a failure', async () => {
  const well = open();
  const end = well.chunks.next();
  well.body.finish();
  expect(await end).toEqual({ done: true, value: undefined });
  expect(await well.chunks.next()).toEqual({ done: true, value: undefined });
  const cut = open();
  const failure = cut.chunks.next();
  cut.body.finish(new Error('cut'));
  await expect(failure).rejects.toThrow('cut');
});

test('the connection is held up while more than 64 KiB are unread', async () => {
  const { told, body, chunks } = open();
  body.push(bytes(65_535));
  expect(told).toEqual([]);
  body.push(bytes(1));
  expect(told).toEqual(['pause']);
  await chunks.next();
  expect(told).toEqual(['pause']);
  await chunks.next();
  expect(told).toEqual(['pause', 'resume']);
});

test('destroying it closes the connection, once, and leaves nothing to read', async () => {
  const { told, body, chunks } = open();
  body.push(bytes(1));
  body.destroy(new Error('silent'));
  body.destroy();
  body.push(bytes(1));
  expect(told).toEqual(['silent']);
  await expect(chunks.next()).rejects.toThrow('silent');
});

test('destroying it after its end closes nothing', () => {
  const { told, body } = open();
  body.finish();
  body.destroy();
  expect(told).toEqual([]);
});
