import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defineTeam } from '../agent/define-team.ts';
import type { TeamTask } from '../agent/team.ts';
import type { RunEvent } from '../runs/run-event.ts';
import {
  isHalfShown,
  members,
  runScripted,
  type Script,
  says,
  storeScripted,
} from './testing/scripted-team-run.ts';

const agents = members('a', 'b');
const maxTasks = 7;

/** Any tasks that wait for each other without a circle, in any order. */
const graphs = fc
  .integer({ min: 1, max: maxTasks })
  .chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, index) =>
        fc.record({
          member: fc.constantFrom('a', 'b', undefined),
          dependsOn: fc.subarray(Array.from({ length: index }, (__, earlier) => `t${earlier}`)),
        }),
      ),
    ),
  )
  .map((links) =>
    links.map(({ member, dependsOn }, index): TeamTask => {
      return {
        id: `t${index}`,
        description: `Do t${index}.`,
        dependsOn,
        ...(member === undefined ? {} : { member }),
      };
    }),
  )
  .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }));

/** Each model call takes so many turns. */
const paces = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 16 });

function prepare(tasks: readonly TeamTask[], pace: readonly number[], process: 'parallel' | 'sequential') {
  const team = defineTeam({ id: 'team', model: 'test:lead', members: ['a', 'b'], process, tasks });
  let calls = 0;
  const script: Script = async ({ text }) => {
    calls += 1;
    for (let turns = pace[calls % pace.length] ?? 0; turns > 0; turns -= 1) await new Promise(setImmediate);
    if (text.includes('which member')) {
      const open = tasks.filter(({ member }) => member === undefined);
      return says(JSON.stringify(Object.fromEntries(open.map(({ id }) => [id, 'b']))));
    }
    return says(/Do (t\d)\./.exec(text)?.[1] ?? 'answer');
  };
  return { team, agents, script };
}

/** When each task began and was done, by its place in the log; the last one that answers is done at the end. */
function assertOrder(tasks: readonly TeamTask[], events: readonly RunEvent[]): void {
  const at = (type: 'branch-start' | 'branch-end', id: string) =>
    events.findIndex((event) => event.type === type && event.branch === `task:${id}`);
  const starts = events
    .filter(({ type }) => type === 'branch-start')
    .map((event) => 'branch' in event && event.branch);
  expect(new Set(starts).size).toBe(starts.length);
  for (const { id, dependsOn = [] } of tasks) {
    const start = at('branch-start', id);
    expect(start).toBeGreaterThanOrEqual(0);
    for (const other of dependsOn) expect(at('branch-end', other)).toBeLessThan(start);
    for (const other of dependsOn) expect(at('branch-end', other)).toBeGreaterThanOrEqual(0);
  }
}

it('runs each task of any graph once, after all that it depends on', async () => {
  await fc.assert(
    fc.asyncProperty(
      graphs,
      paces,
      fc.constantFrom('parallel', 'sequential'),
      async (tasks, pace, process) => {
        const { events, asked } = await runScripted(prepare(tasks, pace, process));
        assertOrder(tasks, events);
        for (const { id } of tasks)
          expect(
            asked.filter(({ text }) => text.includes(`Do ${id}.`) && !text.includes('which member')),
          ).toHaveLength(1);
        expect(events.at(-1)?.type).toBe('run-end');
      },
    ),
    { numRuns: 150 },
  );
});

it('goes on after any crash with the tasks that are not done, and gives each what the others came to', async () => {
  await fc.assert(
    fc.asyncProperty(
      graphs,
      paces,
      fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 4 }),
      async (tasks, pace, deaths) => {
        let stored: RunEvent[] = [];
        for (const count of deaths) {
          const more = await storeScripted({ ...prepare(tasks, pace, 'parallel'), stored }, count);
          stored = [...stored, ...more.stored];
          if (isHalfShown(stored) || stored.at(-1)?.type === 'run-end') return;
        }
        const done = stored.flatMap((event) => (event.type === 'branch-end' ? [event.branch] : []));
        const { events, asked } = await runScripted({ ...prepare(tasks, pace, 'parallel'), stored });
        assertOrder(tasks, [...stored, ...events]);
        for (const { id, dependsOn = [] } of tasks) {
          const calls = asked.filter(
            ({ text }) => text.includes(`Do ${id}.`) && !text.includes('which member'),
          );
          expect(calls).toHaveLength(done.includes(`task:${id}`) ? 0 : 1);
          for (const { text } of calls)
            for (const other of dependsOn) expect(text).toContain(`<result task="${other}"`);
        }
      },
    ),
    { numRuns: 150 },
  );
});
