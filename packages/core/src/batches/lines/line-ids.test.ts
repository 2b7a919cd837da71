import { expect, test } from 'vitest';
import { createBatchId } from '../../ids.ts';
import { createPartitioning } from '../../redis/partitioning.ts';
import { newBatchRecord } from '../testing/new-batch-record.ts';
import { requestIdOf, runIdOf } from './line-ids.ts';

test('the run of an attempt is the same for everybody, and another for each line, attempt and batch', () => {
  const record = newBatchRecord();
  const other = { ...record, id: createBatchId(2) };
  const one = createPartitioning(1);
  const first = { number: 1, attempt: 0 };
  expect(runIdOf(record, first, one)).toBe(runIdOf({ ...record }, first, one));
  const ids = [record, other].flatMap((of) =>
    [1, 11].flatMap((number) => [0, 1].map((attempt) => runIdOf(of, { number, attempt }, one))),
  );
  expect(new Set(ids).size).toBe(8);
  expect(new Set([record, other].flatMap((of) => [1, 2].map((number) => requestIdOf(of, number)))).size).toBe(
    4,
  );
});
