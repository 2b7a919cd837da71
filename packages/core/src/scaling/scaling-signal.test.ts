import { expect, test } from 'vitest';
import { blankLane } from '../models/pacing/lane.ts';
import type { BacklogLoad, ClassLoad } from '../run-store/backlog/backlog.ts';
import { type RunClass, runClassSchema } from '../run-store/backlog/place.ts';
import { defaultTargets } from './needed-workers.ts';
import { readScalingSignal } from './scaling-signal.ts';

const targets = { ...defaultTargets, concurrency: 10 };

function load(
  given: Partial<Omit<BacklogLoad, 'classes'>>,
  classes: Partial<Record<RunClass, Partial<ClassLoad>>>,
): BacklogLoad {
  const all = runClassSchema.options.map((runClass): ClassLoad => {
    const blank = { waiting: 0, offered: 0, oldestMs: 0, arrivalsPerSecond: 0, servedPerSecond: 0 };
    return { runClass, ...blank, serviceMs: undefined, ...classes[runClass] };
  });
  const offered = all.reduce((sum, one) => sum + one.offered, 0);
  const blank = { nowMs: 5, oldestOfferedMs: 0, deferred: 0, room: 0, workers: 0 };
  return { ...blank, offered, ...given, classes: all };
}

const signalOf = (
  of: BacklogLoad,
  { queued = 0, lanes = [] as readonly (typeof blankLane & { name: string })[] } = {},
) =>
  readScalingSignal({
    backlog: { load: async () => of },
    queue: { takeable: async () => queued, failed: async () => 2 },
    providers: { read: async () => ({ nowMs: 0, lanes }) },
    targets,
  });

test('nothing needs nobody', async () => {
  expect(await signalOf(load({}, {}))).toMatchObject({
    waiting: 0,
    running: 0,
    freeSlots: 0,
    needed: 0,
    isStuck: false,
    isProviderPaused: false,
    classes: { live: { waiting: 0, drainSeconds: 0, serviceSeconds: null } },
  });
});

test('runs that are offered beyond the room wait, those of the last class first', async () => {
  const signal = await signalOf(
    load(
      { room: 4, workers: 1, oldestOfferedMs: 3000 },
      { live: { offered: 3 }, batch: { offered: 2, waiting: 5 } },
    ),
  );
  expect(signal).toMatchObject({ waiting: 6, running: 4, freeSlots: 0 });
  expect(signal.classes.live).toMatchObject({ waiting: 0, running: 3, oldestSeconds: 0 });
  expect(signal.classes.batch).toMatchObject({ waiting: 6, running: 1, oldestSeconds: 3 });
});

test('what is ahead of a class has to start as well, and patient runs have three quarters of the room', async () => {
  const { classes } = await signalOf(
    load(
      { room: 8, workers: 1 },
      {
        live: { offered: 2, waiting: 8, serviceMs: 2000 },
        batch: { offered: 6, waiting: 4, serviceMs: 3000 },
        flex: { waiting: 1 },
      },
    ),
  );
  expect(classes.live.drainSeconds).toBe(2);
  expect(classes.flex.drainSeconds).toBeNull();
  expect(classes.batch.drainSeconds).toBe(6.5);
});

test('runs that wait for their provider alone bring nobody', async () => {
  expect(await signalOf(load({ deferred: 500 }, {}))).toMatchObject({ heldBack: 500, needed: 0, waiting: 0 });
});

test('jobs that lie in the queue though there is room say that workers are stuck', async () => {
  const some = load({ room: 10, workers: 1 }, { live: { offered: 3 } });
  expect(await signalOf(some, { queued: 1 })).toMatchObject({ isStuck: true });
  expect(await signalOf(some)).toMatchObject({ isStuck: false });
  const full = load({ room: 2, workers: 1 }, { live: { offered: 3 } });
  expect(await signalOf(full, { queued: 1 })).toMatchObject({ isStuck: false });
});

test('lanes that are shut are named', async () => {
  const lanes = [{ ...blankLane, name: 'openai a', pausedUntilMs: 9 }];
  expect(await signalOf(load({}, {}), { lanes })).toMatchObject({
    isProviderPaused: true,
    providers: [{ name: 'openai a', isShut: true }],
    deadLetters: 2,
  });
});
