import { expect, test } from 'vitest';
import { createBatchId } from '../../ids.ts';
import { newBatchRecord } from '../testing/new-batch-record.ts';
import { requestIdOf, runIdOf } from './line-ids.ts';

test('the run of an attempt is the same for everybody, and another for each line, attempt and batch', () => {
  const record = newBatchRecord();
  const other = { ...record, id: createBatchId(2) };
  expect(runIdOf(record, { number: 1, attempt: 0 })).toBe(runIdOf({ ...record }, { number: 1, attempt: 0 }));
  const ids = [record, other].flatMap((of) =>
    [1, 11].flatMap((number) => [0, 1].map((attempt) => runIdOf(of, { number, attempt }))),
  );
  expect(new Set(ids).size).toBe(8);
  expect(new Set([record, other].flatMap((of) => [1, 2].map((number) => requestIdOf(of, number)))).size).toBe(
    4,
  );
});
