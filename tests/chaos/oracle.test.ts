import { describe, expect, test } from 'vitest';
import { judgeRun } from './oracle/judge-run.ts';
import { sumUp } from './oracle/violation.ts';
import {
  chunk,
  connection,
  failed,
  lost,
  none,
  ofAttempt2,
  renumber,
  report,
  say,
  text,
} from './oracle-samples.ts';
import type { RunReport } from './run-report.ts';

describe('what one client has read', () => {
  test('a whole answer of one attempt is right', () => {
    expect(judge(report(connection(say(1, 2, 3), '[DONE]')))).toEqual(none);
  });

  test('a beginning with a typed error after it is right', () => {
    expect(judge(report(connection(say(1, 2), lost), { end: failed }))).toEqual(none);
  });

  test('a stream that goes on at another connection is right, and so is one that is given again', () => {
    const [first, second] = [connection(say(1)), connection(say(2, 3), '[DONE]')];
    const resumed = { ...second, afterId: 1, records: renumber(second.records, 2) };
    expect(judge(report([first, resumed]))).toEqual(none);
    expect(judge(report([first, connection(say(1, 2, 3), '[DONE]')]))).toEqual(none);
  });

  test.each([
    ['a token is missing in the middle', say(1, 3), { lost: 1 }],
    ['tokens are missing at the end', say(1), { lost: 2 }],
    ['a token comes twice', say(1, 2, 2, 3), { doubled: 1 }],
    ['two tokens change places', say(1, 3, 2), { lost: 2, reordered: 1 }],
    ['another attempt goes on in the middle', [...say(1), ...say(2, 3).map(ofAttempt2)], { reordered: 1 }],
    ['another attempt starts again', [...say(1, 2), ...say(1, 2, 3).map(ofAttempt2)], { reordered: 1 }],
    ['a token of another run comes', [...say(1, 2, 3), chunk('r8.a1.t4 ')], { lost: 1 }],
    ['a token is damaged', [...say(1, 2, 3), chunk('r7.a1.')], { lost: 1 }],
  ])('a complete answer in which %s is seen', (_, data, expected) => {
    expect(judge(report(connection(data, '[DONE]')))).toEqual({ ...none, ...expected });
  });

  test('another attempt may go on after a committed step, and only there', () => {
    const behaviour = { type: 'tool', afterToken: 2 } as const;
    const goesOn = (...ofFirst: number[]) => [
      ...say(...ofFirst),
      ...say(...[1, 2, 3].slice(ofFirst.length)).map(ofAttempt2),
    ];
    expect(judge(report(connection(goesOn(1, 2), '[DONE]'), { behaviour }))).toEqual(none);
    expect(judge(report(connection(goesOn(1), '[DONE]'), { behaviour }))).toEqual({ ...none, reordered: 1 });
  });

  test('a gap and a repetition of event ids are seen', () => {
    const whole = connection(say(1, 2, 3), '[DONE]');
    const numbered = (...ids: number[]) => ({
      ...whole,
      records: whole.records.map((record, index) => ({ ...record, id: ids[index] })),
    });
    expect(judge(report(numbered(1, 2, 4, 5)))).toMatchObject({ lost: 1 });
    expect(judge(report(numbered(1, 2, 2, 3)))).toMatchObject({ doubled: 1 });
  });

  test('a resumed stream that skips an event, or gives one again, is seen', () => {
    const second = connection(say(2, 3), '[DONE]');
    const at = (from: number) => [
      connection(say(1)),
      { ...second, afterId: 1, records: renumber(second.records, from) },
    ];
    expect(judge(report(at(3)))).toMatchObject({ lost: 1 });
    expect(judge(report(at(1)))).toMatchObject({ doubled: 1, reordered: 1 });
  });

  test('a second end, and a token after the end, are seen', () => {
    expect(judge(report(connection(say(1, 2, 3), '[DONE]', '[DONE]')))).toMatchObject({ double_end: 1 });
    expect(judge(report(connection(say(1, 2, 3), '[DONE]', ...say(4))))).toMatchObject({ double_end: 1 });
    expect(judge(report(connection(say(1), lost, '[DONE]'), { end: failed }))).toMatchObject({
      double_end: 1,
    });
  });

  describe('of a Response', () => {
    const event = (type: string, more: object = {}) => ({ type, ...more });
    const tell = (...events: object[]) =>
      connection(
        events.map((one, index) => JSON.stringify({ sequence_number: index, ...one })),
        '[DONE]',
      );
    const created = event('response.created');
    const deltas = [1, 2, 3].map((token) => event('response.output_text.delta', { delta: text(token) }));
    const [first = {}, second = {}, third = {}] = deltas;

    test('a whole answer is right, and so is a failure that is told before its end', () => {
      expect(judge(report(tell(created, ...deltas, event('response.completed'))))).toEqual(none);
      const failing = tell(created, first, event('error', { code: 'worker_lost' }), event('response.failed'));
      expect(judge(report(failing, { end: failed }))).toEqual(none);
    });

    test('a missing token, a wrong number and an event after the end are seen', () => {
      expect(judge(report(tell(created, first, third)))).toEqual({ ...none, lost: 1 });
      const misnumbered = tell(created, first, { ...second, sequence_number: 7 }, third);
      expect(judge(report(misnumbered))).toEqual({ ...none, reordered: 1 });
      const { records, ...rest } = tell(created, ...deltas);
      const twice = [...records, { id: 6, data: '[DONE]', atMs: 0 }];
      expect(judge(report({ ...rest, records: twice }))).toEqual({ ...none, double_end: 1 });
    });
  });

  test('a run without an end, and one that is not known any more, are seen', () => {
    expect(judge(report(connection(say(1)), { end: { type: 'stuck' } }))).toEqual({ ...none, stuck: 1 });
    const vanished = { type: 'vanished', status: 404 } as const;
    expect(judge(report(connection(say(1)), { end: vanished }))).toEqual({ ...none, lost: 1 });
  });

  test('a JSON answer that lacks a token is seen', () => {
    expect(judge(report([], { answer: text(1, 2, 3) }))).toEqual(none);
    expect(judge(report([], { answer: text(1, 3) }))).toEqual({ ...none, lost: 1 });
  });
});

describe('what is read a second time', () => {
  const whole = connection(say(1, 2, 3), '[DONE]');

  test('the same bytes are right', () => {
    expect(judge(report(whole, { reread: whole.records }))).toEqual(none);
  });

  test('an end that goes missing, another text and further events are seen', () => {
    const other = connection(say(1, 2, 3).map(ofAttempt2), '[DONE]').records;
    const longer = connection(say(1, 2, 3), '[DONE]', '[DONE]').records;
    expect(judge(report(whole, { reread: whole.records.slice(0, -1) }))).toEqual({ ...none, lost: 1 });
    expect(judge(report(whole, { reread: other }))).toEqual({ ...none, reordered: 1 });
    expect(judge(report(whole, { reread: longer }))).toEqual({ ...none, double_end: 1 });
  });

  test('a stream that differs from the JSON answer of its run is seen', () => {
    const { records } = connection(say(1, 2, 3).map(ofAttempt2), '[DONE]');
    expect(judge(report([], { answer: text(1, 2, 3), reread: records }))).toEqual({ ...none, reordered: 1 });
  });
});

describe('what the store holds', () => {
  const stored = {
    runId: 'chatcmpl-7',
    createdMs: 0,
    text: text(1, 2, 3),
    ends: 1,
    afterEnd: 0,
    mayRetry: false,
  };
  const judgeStored = (...runs: (typeof stored)[]) =>
    judge(report(connection(say(1, 2, 3), '[DONE]'), { stored: runs }));

  test('one run with one end is right', () => {
    expect(judgeStored(stored)).toEqual(none);
  });

  test('a second end, no end, another text and a second run are seen', () => {
    expect(judgeStored({ ...stored, ends: 2, afterEnd: 1 })).toEqual({ ...none, double_end: 1 });
    expect(judgeStored({ ...stored, ends: 0 })).toEqual({ ...none, stuck: 1 });
    expect(judgeStored({ ...stored, text: text(1, 2) })).toMatchObject({ lost: 2 });
    expect(judgeStored(stored, { ...stored, runId: 'chatcmpl-8' })).toEqual({ ...none, doubled: 1 });
  });

  test('a further run is right for a key that was freed, and the client may drop what it had read of the first', () => {
    const first = { ...stored, runId: 'chatcmpl-6', text: text(1, 2), mayRetry: true };
    const superseded = [{ runId: 'chatcmpl-6', connections: [connection(say(1))] }];
    const keyed = (runs: (typeof stored)[]) => {
      const run = report(connection(say(1, 2, 3), '[DONE]'), { stored: runs, superseded });
      return judge({ ...run, plan: { ...run.plan, keyed: true } });
    };
    expect(keyed([first, stored])).toEqual(none);
    expect(keyed([{ ...first, mayRetry: false }, stored])).toEqual({ ...none, doubled: 1 });
    expect(keyed([{ ...first, text: text(2) }, stored])).toMatchObject({ lost: 2 });
    expect(judgeStored(first, stored)).toEqual({ ...none, doubled: 1 });
  });
});

function judge(run: RunReport) {
  return sumUp(judgeRun(run));
}
