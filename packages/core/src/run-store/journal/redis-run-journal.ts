import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Keys } from '../../redis/keys.ts';
import { defineScript, type RunScript } from '../../redis/load-script.ts';
import { orStoreError } from '../../redis/store-error.ts';
import { sumUsageOf, usageDay } from './day-usage.ts';
import { type RunFact, runFactSchema } from './run-fact.ts';
import { type JournalEntry, type JournalReader, mostFacts, type RunJournal } from './run-journal.ts';

export interface RunJournalParts {
  readonly redis: Redis;
  readonly keys: Pick<Keys, 'journal' | 'usage'>;
  readonly now: () => number;
  onError(error: unknown): void;
  /** How long facts gather. @defaultValue 250 */
  readonly everyMs?: number;
}

/** Bounds one step, and what is kept while the store is slow. */
const factsAtOnce = 500;
const mostPending = 10_000;
const mostFields = 20_000;
const dayKeptMs = 32 * 24 * 60 * 60 * 1000;

export function createRunJournal(parts: RunJournalParts): RunJournal {
  const { redis, everyMs = 250 } = parts;
  const lua = new URL('./note.lua', import.meta.url);
  const script = defineScript(redis, { name: 'note', lua, numberOfKeys: 2 });
  const pending: RunFact[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let closed = false;

  const writeAll = async () => {
    while (pending.length > 0) await write(parts, script, pending.splice(0, factsAtOnce));
  };
  const flush = () => {
    timer = undefined;
    writing ??= writeAll()
      .catch((error: unknown) => {
        pending.length = 0;
        parts.onError(error);
      })
      .finally(() => {
        writing = undefined;
      });
    return writing;
  };
  return {
    note(fact) {
      if (closed || pending.length >= mostPending) return;
      pending.push(fact);
      timer ??= setTimeout(() => void flush(), everyMs);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await writing;
      await flush();
    },
  };
}

async function write(
  { keys, now }: RunJournalParts,
  script: RunScript,
  facts: readonly RunFact[],
): Promise<void> {
  const used = [...sumUsageOf(facts)].flat();
  const args = [mostFacts, mostFields, dayKeptMs, facts.length, ...facts.map((fact) => JSON.stringify(fact))];
  await script([keys.journal, keys.usage(usageDay(now()))], [...args, ...used]);
}

const entriesSchema = z.array(z.tuple([z.string(), z.array(z.string())]));

/** Facts that this version cannot read (a newer one wrote them) are left out. */
export function createJournalReader(redis: Redis, keys: Pick<Keys, 'journal'>): JournalReader {
  return {
    async read(cursor, limit) {
      const from = cursor === undefined ? '-' : `(${cursor}`;
      const reply = await orStoreError(redis.xrange(keys.journal, from, '+', 'COUNT', limit));
      const found = entriesSchema.parse(reply);
      const entries = found.flatMap(([id, fields]) => toEntry(id, fields[1] ?? ''));
      return { entries, cursor: found.at(-1)?.[0] ?? cursor, more: found.length === limit };
    },
  };
}

function toEntry(cursor: string, text: string): JournalEntry[] {
  const parsed = runFactSchema.safeParse(parseJson(text));
  return parsed.success ? [{ cursor, atMs: Number(cursor.split('-', 1)[0]), fact: parsed.data }] : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
