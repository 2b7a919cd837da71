import { expect, it } from 'vitest';
import { CaluteError } from '../../errors.ts';
import { createRunId } from '../../ids.ts';
import { decodeEvents } from '../../runs/frame-payload.ts';
import type { AppendFrame, AppendOutcome, RunLog } from '../run-log.ts';
import { createFrameWriter, type GatherFrames } from './frame-writer.ts';

const completed = {
  reason: 'completed' as const,
  finishReason: 'stop' as const,
  usage: { promptTokens: 1, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 },
  processingMs: 1,
};

/** A log of which only `append` is used; each call waits for its answer by `answer`. */
function open(
  answer: (frames: readonly AppendFrame[]) => Promise<AppendOutcome[]> | AppendOutcome[],
  gather?: GatherFrames,
) {
  const appends: (readonly AppendFrame[])[] = [];
  const log: Pick<RunLog, 'append'> = {
    append: async (frames) => {
      appends.push(frames);
      return answer(frames);
    },
  };
  const errors: unknown[] = [];
  const writer = createFrameWriter({
    log,
    onStoreError: (error) => errors.push(error),
    ...(gather && { gather }),
  });
  const refused: string[] = [];
  const openRun = (mode: 'live' | 'whole' = 'live', seq = 0) =>
    writer.open({
      runId: createRunId(0),
      epoch: 1,
      seq,
      mode,
      onRefused: (outcome) => refused.push(outcome),
    });
  return { appends, errors, refused, openRun };
}

const text = (value: string) => ({ type: 'text-delta' as const, text: value });
const textsOf = (frames: readonly AppendFrame[]) =>
  frames
    .flatMap(({ payload }) => decodeEvents(payload))
    .map((event) => (event.type === 'text-delta' ? event.text : event.type));

it('sends what all runs say within one turn as one append with a frame a run', async () => {
  const { appends, openRun } = open((frames) => frames.map(() => 'stored'));
  const [one, two] = [openRun(), openRun('live', 7)];
  one.write(text('a'));
  two.write(text('x'));
  one.write(text('b'));
  const ends = [one.end(completed), two.end(completed)];
  expect(await Promise.all(ends)).toEqual(['stored', 'stored']);
  expect(appends).toHaveLength(1);
  expect(appends[0]?.map(({ seq, visible }) => [seq, visible])).toEqual([
    [1, true],
    [8, true],
  ]);
  expect(textsOf(appends[0] ?? [])).toEqual(['ab', 'run-end', 'x', 'run-end']);
});

it('sends what a run says in another turn apart, when the store has kept up', async () => {
  const { appends, openRun } = open((frames) => frames.map(() => 'stored'));
  const run = openRun();
  for (const word of ['1', '2']) {
    run.write(text(word));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await run.end(completed);
  expect(appends.map(textsOf)).toEqual([['1'], ['2'], ['run-end']]);
});

it('gathers while an append is under way, and keeps the order', async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const first = Promise.withResolvers<void>();
  const { appends, openRun } = open(async (frames) => {
    const gate = gates[calls++];
    first.resolve();
    await gate?.promise;
    return frames.map(() => 'stored');
  });
  const run = openRun();
  run.write(text('1'));
  await first.promise;
  for (const word of ['2', '3', '4']) run.write(text(word));
  const ended = run.end(completed);
  for (const gate of gates) gate.resolve();
  await ended;
  expect(appends.map(textsOf)).toEqual([['1'], ['234', 'run-end']]);
  expect(appends[1]?.[0]).toMatchObject({ seq: 2, end: { reason: 'completed', tokens: 3 } });
});

it('sends a frame again under its sequence until the store takes it', async () => {
  let failures = 2;
  const { appends, errors, openRun } = open((frames) => {
    if (failures-- > 0) throw new CaluteError('store_unavailable', 'down');
    return frames.map(() => 'stored');
  });
  const run = openRun();
  run.write(text('a'));
  expect(await run.end(completed)).toBe('stored');
  expect(appends.map((frames) => frames[0]?.seq)).toEqual([1, 1, 1]);
  expect(errors).toHaveLength(2);
});

it('tells a run that it is refused, once, and writes nothing more of it', async () => {
  const { appends, refused, openRun } = open((frames) => frames.map(() => 'fenced'));
  const run = openRun();
  run.write(text('a'));
  expect(await run.end(completed)).toBe('fenced');
  run.write(text('b'));
  expect(await run.end(completed)).toBe('fenced');
  expect(refused).toEqual(['fenced']);
  expect(appends).toHaveLength(1);
});

it('makes the producer wait while more than 256 KiB are unsent', async () => {
  const gate = Promise.withResolvers<void>();
  const { openRun } = open(async (frames) => {
    await gate.promise;
    return frames.map(() => 'stored');
  });
  const run = openRun();
  expect(run.write(text('x'.repeat(200_000)))).toBeUndefined();
  const room = run.write(text('x'.repeat(100_000)));
  expect(room).toBeInstanceOf(Promise);
  gate.resolve();
  await room;
  expect(run.write(text('y'))).toBeUndefined();
  await run.end(completed);
});

it('keeps a whole answer until its end, shows nothing of it, and bounds it', async () => {
  const { appends, openRun } = open((frames) => frames.map(() => 'stored'));
  const run = openRun('whole');
  run.write(text('a'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(appends).toHaveLength(0);
  await run.end(completed);
  expect(appends[0]?.[0]).toMatchObject({ seq: 1, visible: false });
  const huge = openRun('whole');
  expect(() => huge.write(text('x'.repeat(17 * 1024 * 1024)))).toThrow('larger than');
});

it('stores of a whole answer at a commit what its own choice has said, and keeps the others back', async () => {
  const { appends, openRun } = open((frames) => frames.map(() => 'stored'));
  const run = openRun('whole');
  run.write(text('a'));
  run.write({ ...text('b'), choice: 1 });
  await run.commit({ type: 'tool-result', index: 0, content: '', choice: 1 });
  expect(appends.map(textsOf)).toEqual([['b', 'tool-result']]);
  await run.commit({ type: 'tool-result', index: 0, content: '' });
  run.write({ ...text('c'), choice: 1 });
  await run.end(completed);
  expect(appends.slice(1).map(textsOf)).toEqual([
    ['a', 'tool-result'],
    ['c', 'run-end'],
  ]);
});

it('has a loose end until the commit of each choice that has said something', async () => {
  const { openRun } = open((frames) => frames.map(() => 'stored'));
  const run = openRun();
  const commit = (choice?: number) =>
    run.commit({ type: 'tool-result', index: 0, content: '', ...(choice === undefined ? {} : { choice }) });
  run.write(text('a'));
  run.write({ ...text('b'), choice: 1 });
  await commit(1);
  expect(run.hasLooseEnd).toBe(true);
  await commit();
  expect(run.hasLooseEnd).toBe(false);
  run.write({ ...text('c'), choice: 1 });
  await commit();
  expect(run.hasLooseEnd).toBe(true);
});

it('gives up the runs of an append that fails for another reason than the store, and goes on with others', async () => {
  let bug = true;
  const { refused, openRun } = open((frames) => {
    if (bug) throw new Error('a bug');
    return frames.map(() => 'stored');
  });
  expect(await openRun().end(completed)).toBe('unknown');
  bug = false;
  expect(await openRun().end(completed)).toBe('stored');
  expect(refused).toEqual(['unknown']);
});

it.each([
  [true, 1],
  [false, 10],
])('gathers for longer while the process is busy (%s), and not when it is idle', async (isBusy, most) => {
  const gather = { ms: 500, isBusy: () => isBusy };
  const { appends, openRun } = open((frames) => frames.map(() => 'stored'), gather);
  const run = openRun();
  for (let word = 0; word < 10; word += 1) {
    run.write(text('a'));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(appends.length).toBeGreaterThanOrEqual(1);
  expect(appends.length).toBeLessThanOrEqual(most);
  if (!isBusy) expect(appends.length).toBeGreaterThan(5);
});

it('waits for nothing more when what has gathered fills an append, however busy the process is', async () => {
  const gather = { ms: 60_000, isBusy: () => true };
  const { appends, openRun } = open((frames) => frames.map(() => 'stored'), gather);
  const runs = Array.from({ length: 256 }, () => openRun());
  const ends = runs.map((run) => {
    run.write(text('a'));
    return run.end(completed);
  });
  expect(new Set(await Promise.all(ends))).toEqual(new Set(['stored']));
  expect(appends.map((frames) => frames.length)).toEqual([128, 128]);
});
