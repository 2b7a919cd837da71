import { expect } from 'vitest';
import { openTestFiles, tenant } from '../../files/testing/open-test-files.ts';
import type { FileId } from '../../ids.ts';
import { createBatchStore } from '../store/batch-store.ts';
import { createDriverStore, type HeldBatch, type Results } from '../store/driver-store.ts';
import type { OpenLine } from '../store/open-line.ts';
import { newBatchRecord } from './new-batch-record.ts';

export const leaseMs = 60_000;
const usage = { inputTokens: 1, cachedTokens: 2, outputTokens: 3, reasoningTokens: 4, costUsd: 0.5 };

export function line(number: number): OpenLine {
  return {
    number,
    offset: number * 10,
    end: number * 10 + 9,
    customId: `line-${number}`,
    attempt: 0,
    notBeforeMs: 0,
  };
}

/** A batch in the hands of one driver, and three lines that it may take; call it inside a test. */
export async function openTestBatch() {
  const opened = await openTestFiles();
  const { redis, keys, stage, growing, files, read } = opened;
  const driver = createDriverStore({ redis, keys, keysOf: () => keys });
  const batches = createBatchStore({ redis, keys });
  const record = newBatchRecord({ tenant });
  await batches.create(record);
  const claim = async (): Promise<HeldBatch> => {
    const [held] = await driver.claim(10, leaseMs);
    return held ?? expect.unreachable();
  };
  const held = await claim();
  const lines = [1, 2, 3].map(line);
  const taken = { from: { offset: 0 }, to: { offset: 40, number: 4 }, lines };
  const begin = (id: FileId) =>
    growing.begin(tenant, {
      id,
      filename: 'x',
      purpose: 'batch_output',
      bytes: 0,
      createdAt: record.createdAt,
    });
  const results = async (numbers: readonly number[], failed = false): Promise<Results> => {
    const content = await stage(numbers.map((number) => `${number}\n`).join(''), tenant, 0);
    const part = { content, lines: numbers.length };
    return { lines: numbers, output: failed ? undefined : part, errors: failed ? part : undefined, usage };
  };
  return {
    ...opened,
    ...{ driver, batches, record, held, taken, begin, results, claim },
    get: async () => (await batches.get(tenant, record.id)) ?? expect.unreachable(),
    textOf: async (id: FileId) => read(await files.get(tenant, id)),
    /** As if its driver had said nothing for long. */
    expire: () => redis.zadd(keys.activeBatches, 0, record.id),
  };
}
