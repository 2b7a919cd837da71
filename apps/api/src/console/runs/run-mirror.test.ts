import { createRunId, tenantIdSchema } from '@calute/core/ids';
import type { RunFact } from '@calute/core/run-store/journal/run-fact';
import type { JournalReader } from '@calute/core/run-store/journal/run-journal';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRunMirror } from './run-mirror.ts';

const startMs = 1_800_000_000_000;
const origin = {
  tenant: tenantIdSchema.parse('acme'),
  agent: 'echo',
  runClass: 'live' as const,
  createdMs: startMs,
};
const work = {
  worker: 'w',
  attempt: 1,
  waitedMs: 1,
  firstMs: 10,
  totalMs: 20,
  promptTokens: 3,
  completionTokens: 4,
};

/** A mirror of a journal to which tests write. */
function openMirror(mostRuns?: number) {
  const noted: { readonly atMs: number; readonly fact: RunFact }[] = [];
  let nowMs = startMs;
  let pages = 0;
  const journal: JournalReader = {
    async read(cursor, limit) {
      pages += 1;
      const from = cursor === undefined ? 0 : Number(cursor) + 1;
      const found = noted
        .slice(from, from + limit)
        .map((entry, index) => ({ ...entry, cursor: `${from + index}` }));
      return { entries: found, cursor: found.at(-1)?.cursor ?? cursor, more: found.length === limit };
    },
  };
  const mirror = createRunMirror({
    journal,
    now: () => nowMs,
    ...(mostRuns === undefined ? {} : { mostRuns }),
  });
  onTestFinished(() => mirror.close());
  const note = (fact: RunFact) => void noted.push({ atMs: nowMs, fact });
  return {
    mirror,
    pages: () => pages,
    accept(id = createRunId(nowMs)) {
      note({ kind: 'accepted', id, origin });
      return id;
    },
    end: (id = createRunId(nowMs), more: Partial<Extract<RunFact, { kind: 'ended' }>> = {}) =>
      note({ kind: 'ended', id, reason: 'completed', origin, work, ...more }),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

describe('the mirror', () => {
  it('keeps the last runs, the newest first, also when their end comes', async () => {
    const { mirror, accept, end } = openMirror(2);
    const ids = [accept(), accept(), accept()];
    await mirror.refresh();
    expect(mirror.list().map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    end(ids[1]);
    await mirror.refresh();
    expect(mirror.list().map(({ id, ended }) => [id, ended?.reason])).toEqual([
      [ids[2], undefined],
      [ids[1], 'completed'],
    ]);
  });

  it('reads what is new only, and a long journal by pages', async () => {
    const { mirror, end, pages } = openMirror();
    for (let index = 0; index < 2500; index += 1) end();
    await Promise.all([mirror.refresh(), mirror.refresh()]);
    expect([mirror.list().length, pages()]).toEqual([2500, 3]);
    await mirror.refresh();
    expect(pages()).toBe(4);
  });

  it('knows an end that was told twice, once with all that is known', async () => {
    const { mirror, accept, end } = openMirror();
    const id = accept();
    end(id);
    end(id, { reason: 'cancelled', detail: 'client', origin: undefined, work: undefined });
    await mirror.refresh();
    expect(mirror.find(id)).toMatchObject({ ended: { reason: 'completed', work }, origin });
    expect(mirror.figures.ends()).toEqual([{ reason: 'completed', detail: undefined, runs: 1 }]);
  });

  it('settles a run whose end nobody told, and takes the end when it comes after all', async () => {
    const { mirror, accept, end } = openMirror();
    const id = accept();
    await mirror.refresh();
    mirror.settle(id, { reason: 'failed', detail: undefined, work: undefined });
    expect(mirror.find(id)?.ended).toMatchObject({ reason: 'failed' });
    end(id);
    await mirror.refresh();
    expect(mirror.find(id)?.ended).toMatchObject({ reason: 'completed', work });
  });
});

describe('its figures', () => {
  it('count runs, ends, tokens and times by spans of five seconds', async () => {
    const { mirror, accept, end, pass } = openMirror();
    accept();
    end(accept(), { work: { ...work, firstMs: 100 } });
    end(accept(), { reason: 'failed', detail: 'worker_lost', work: { ...work, firstMs: 300 } });
    pass(5000);
    accept();
    pass(5000);
    await mirror.refresh();
    const points = mirror.figures.points();
    expect(points).toHaveLength(60);
    expect(points.slice(-2)).toEqual([
      {
        atMs: startMs,
        accepted: 3,
        ended: 2,
        unfinished: 1,
        tokens: 14,
        firstMedianMs: 100,
        firstSlowMs: 100,
      },
      { atMs: startMs + 5000, accepted: 1, ended: 0, unfinished: 0, tokens: 0 },
    ]);
    expect(mirror.figures.ends()).toEqual([
      { reason: 'completed', detail: undefined, runs: 1 },
      { reason: 'failed', detail: 'worker_lost', runs: 1 },
    ]);
  });

  it('forget what is older than five minutes', async () => {
    const { mirror, end, pass } = openMirror();
    end();
    await mirror.refresh();
    pass(400_000);
    end();
    await mirror.refresh();
    expect(mirror.figures.ends()).toEqual([{ reason: 'completed', detail: undefined, runs: 1 }]);
    expect(mirror.figures.points().every(({ ended }) => ended === 0)).toBe(true);
  });
});
