import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readSources } from '../../packages/core/src/run-store/scripts.ts';
import { openTestRunStore } from '../support/test-run-store.ts';
import { allWaitUntil, jainIndex, makespan, sharesBetween, waitsOf } from './figures.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { type Served, serveByStore, serveInTurn } from './serve.ts';

/** The longest run of the scenarios, in units of time. */
const longestRun = 40;
const serve = (scenario: Scenario, sources = readSources()) =>
  serveByStore(openTestRunStore({ sources }), scenario);

function shareWhileAllWait(served: readonly Served[], from = 0) {
  return sharesBetween(served, from, allWaitUntil(served));
}

it('gives tenants that always wait the same, however much more one of them sends', {
  timeout: 60_000,
}, async () => {
  for (const scenario of [scenarios.skew, scenarios.balanced, scenarios.group]) {
    const served = await serve(scenario);
    expect(served).toHaveLength(scenario.arrivals.length);
    expect(jainIndex([...shareWhileAllWait(served).values()])).toBeGreaterThan(0.95);
  }
});

it('lets a tenant with one run wait for a few others only, whatever is queued before it', async () => {
  const { trickle } = scenarios;
  const served = await serve(trickle);
  expect(waitsOf(served, 'trickle').most).toBeLessThanOrEqual(longestRun);
  expect(waitsOf(await serveInTurn(trickle), 'trickle').most).toBeGreaterThan(10 * longestRun);
});

it('serves a lone tenant in its order and as fast as if each had its turn', async () => {
  const served = await serve(scenarios.lone);
  const inTurn = await serveInTurn(scenarios.lone);
  expect(makespan(served)).toBe(makespan(inTurn));
  const starts = (runs: readonly Served[]) => runs.map(({ startedAt }) => startedAt).sort((a, b) => a - b);
  expect(starts(served)).toEqual(starts(inTurn));
});

it('lets one that was idle come back without having saved anything up, and starts a new one at once', async () => {
  const returner = await serve(scenarios.returner);
  const back = returner.filter(({ tenant, at }) => tenant === 'returner' && at > 0);
  const until = Math.max(...back.map(({ startedAt }) => startedAt));
  const shares = [...sharesBetween(returner, 400, until).values()];
  expect(jainIndex(shares)).toBeGreaterThan(0.95);
  const newcomer = await serve(scenarios.newcomer);
  const first = Math.min(
    ...newcomer.filter(({ tenant }) => tenant === 'newcomer').map(({ at, startedAt }) => startedAt - at),
  );
  expect(first).toBeLessThanOrEqual(longestRun);
});

it('gives a tenant of three times the weight three times as much', async () => {
  const served = await serve(scenarios.weights);
  const shares = shareWhileAllWait(served);
  expect(jainIndex([...shares.values()])).toBeGreaterThan(0.98);
});

it('serves the classes in their order, and keeps a small share for those that wait for nobody', async () => {
  const served = await serve(scenarios.classes);
  const started = served.toSorted((one, other) => one.startedAt - other.startedAt);
  const middleOf = (name: string) => {
    const at = started.flatMap(({ runClass }, index) => (runClass === name ? [index] : []));
    return at[Math.floor(at.length / 2)] ?? 0;
  };
  expect(middleOf('priority')).toBeLessThan(middleOf('live'));
  expect(middleOf('live')).toBeLessThan(middleOf('flex'));
  const beforeLive = started.slice(
    0,
    started.findLastIndex(({ runClass }) => runClass === 'live'),
  );
  const patient = beforeLive.filter(({ runClass }) => runClass === 'batch' || runClass === 'flex').length;
  expect(patient).toBeGreaterThanOrEqual(Math.floor(beforeLive.length / 17));
  expect(patient).toBeLessThan(beforeLive.length / 4);
});

/** Each takes one rule out of the backlog; a suite that lets one through does not check that rule. */
it.each([
  ['charges nothing', 'skew', { '+ cost / weight': '+ 0', '(tokens - cost) / weight': '0' }],
  [
    'knows no weights',
    'weights',
    { '+ cost / weight': '+ cost', '(tokens - cost) / weight': 'tokens - cost' },
  ],
  [
    'lets those who come back catch up',
    'returner',
    { 'math.max(virtual, ': 'math.max(0, ', 'math.max(tag, virtual) +': 'tag +' },
  ],
] as const)('notices a backlog that %s', async (_, name, changes) => {
  const { add, release, append, ...others } = readSources();
  const mutate = (lua: string) =>
    Object.entries(changes).reduce((text, [from, to]) => text.replaceAll(from, to), lua);
  for (const original of Object.keys(changes)) expect(add + release + append).toContain(original);
  const mutant = { ...others, add: mutate(add), release: mutate(release), append: mutate(append) };
  const served = await serve(scenarios[name], mutant);
  const from = name === 'returner' ? 400 : 0;
  expect(jainIndex([...shareWhileAllWait(served, from).values()])).toBeLessThan(0.9);
});

const arrival = fc.record({
  at: fc.nat({ max: 300 }),
  tenant: fc.constantFrom('a', 'b', 'c', 'd'),
  weight: fc.constantFrom(1, 2, 5),
  runClass: fc.constantFrom('priority' as const, 'live' as const, 'flex' as const, 'batch' as const),
  tokens: fc.integer({ min: 1, max: longestRun }),
});

it('serves every run once, in the order of its flow and class, and lets no slot idle while a run may start', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 60 }), async (runs) => {
      const arrivals = runs
        .map((run) => ({ ...run, flow: `tenant:${run.tenant}` }))
        .sort((one, other) => one.at - other.at);
      const store = openTestRunStore();
      const served = await serveByStore(store, { name: 'any', arrivals });
      expect(await store.backlog.size()).toMatchObject({ waiting: 0, offered: 0 });
      expect(served).toHaveLength(arrivals.length);
      for (const group of Map.groupBy(served, ({ flow, runClass }) => `${flow} ${runClass}`).values()) {
        const byStart = group.toSorted((one, other) => one.startedAt - other.startedAt || one.at - other.at);
        const times = byStart.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
      }
      assertNoIdleSlot(served);
    }),
    { numRuns: 60 },
  );
});

/** Whoever waits for somebody waits only while all slots are taken: those of the patient classes may not take the last ones. */
function assertNoIdleSlot(served: readonly Served[]): void {
  for (const { at, startedAt, runClass } of served) {
    if (runClass === 'flex' || runClass === 'batch') continue;
    for (let now = at; now < startedAt; now += 1) {
      const busy = served.filter((run) => run.startedAt <= now && run.endedAt > now).length;
      expect(busy).toBeGreaterThanOrEqual(6);
    }
  }
}
