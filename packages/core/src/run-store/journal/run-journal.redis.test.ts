import { expect, it } from 'vitest';
import { newRun } from '../../../../../tests/support/new-run.ts';
import { openTestRunStore } from '../../../../../tests/support/test-run-store.ts';
import { createRunId, tenantIdSchema } from '../../ids.ts';
import { createReadUsage, usageDay } from './day-usage.ts';
import { createJournalReader, createRunJournal } from './redis-run-journal.ts';
import type { RunFact } from './run-fact.ts';
import { withJournal } from './with-journal.ts';

const fail = (error: unknown) => {
  throw error;
};

function openJournal() {
  const store = openTestRunStore();
  const { redis, keys } = store;
  const journal = createRunJournal({ redis, keys, now: Date.now, onError: fail, everyMs: 1 });
  return {
    ...store,
    journal,
    reader: createJournalReader(redis, keys),
    readUsage: createReadUsage(redis, keys),
  };
}

const origin = {
  tenant: tenantIdSchema.parse('acme'),
  agent: 'poet of verses',
  runClass: 'live' as const,
  createdMs: 1,
};
const work = {
  worker: 'w',
  attempt: 1,
  waitedMs: 1,
  totalMs: 5,
  promptTokens: 10,
  completionTokens: 4,
  costUsd: 0.25,
};
const ended = (): RunFact => ({
  kind: 'ended',
  id: createRunId(Date.now()),
  reason: 'completed',
  origin,
  work,
});

it('gives what was noted in its order, and what came after a cursor', async () => {
  const { journal, reader } = openJournal();
  const facts = Array.from({ length: 1200 }, ended);
  for (const fact of facts) journal.note(fact);
  await journal.close();
  const first = await reader.read(undefined, 1000);
  const rest = await reader.read(first.cursor, 1000);
  expect([...first.entries, ...rest.entries].map(({ fact }) => fact)).toEqual(facts);
  expect([first.more, rest.more]).toEqual([true, false]);
  expect(await reader.read(rest.cursor, 1000)).toEqual({ entries: [], cursor: rest.cursor, more: false });
});

it('adds up what ends have used, by tenant and agent', async () => {
  const { journal, readUsage } = openJournal();
  const failed: RunFact = {
    kind: 'ended',
    id: createRunId(Date.now()),
    reason: 'failed',
    detail: 'worker_lost',
    origin,
    work,
  };
  for (const fact of [ended(), ended(), failed]) journal.note(fact);
  await journal.close();
  const day = usageDay(Date.now());
  const used = { runs: 3, unfinished: 1, promptTokens: 30, completionTokens: 12, costUsd: 0.75 };
  expect(await readUsage([day, '2000-01-01'])).toEqual([
    { day, tenant: 'acme', agent: 'poet of verses', ...used },
  ]);
});

it('is told of runs that are accepted, and of those that are ended from outside', async () => {
  const { log, journal, reader } = openJournal();
  const told = withJournal(log, journal);
  const run = newRun('api');
  await told.accept(run);
  await told.end(run.id, { reason: 'cancelled', by: 'client' });
  await told.end(createRunId(0), { reason: 'cancelled', by: 'client' });
  await journal.close();
  expect((await reader.read(undefined, 10)).entries.map(({ fact }) => fact)).toEqual([
    {
      kind: 'accepted',
      id: run.id,
      origin: { tenant: 'local', agent: 'echo', runClass: 'live', createdMs: expect.any(Number) },
    },
    { kind: 'ended', id: run.id, reason: 'cancelled', detail: 'client' },
  ]);
});

it('takes nothing after it was closed, and closes twice', async () => {
  const { journal, reader } = openJournal();
  journal.note(ended());
  await journal.close();
  journal.note(ended());
  await journal.close();
  expect((await reader.read(undefined, 10)).entries).toHaveLength(1);
});

it('leaves out what it cannot read', async () => {
  const { redis, keys, journal, reader } = openJournal();
  await redis.xadd(keys.journal, '*', 'f', JSON.stringify({ kind: 'of a later version' }));
  await redis.xadd(keys.journal, '*', 'f', 'no JSON');
  journal.note(ended());
  await journal.close();
  expect((await reader.read(undefined, 10)).entries).toHaveLength(1);
});
