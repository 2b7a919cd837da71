import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AgentDefinition, defineAgent } from '../agent/define-agent.ts';
import { defineTeam } from '../agent/define-team.ts';
import type { TeamProcess, TeamTasks } from '../agent/team.ts';
import type { ModelEvent } from '../models/model-provider.ts';
import { decodeEvents, encodeEvents } from '../runs/frame-payload.ts';
import type { RunEvent } from '../runs/run-event.ts';
import { readHistory } from '../runs/run-history.ts';
import {
  branchesOf,
  ends,
  isHalfShown,
  runScripted,
  type Script,
  says,
  storeScripted,
} from './testing/scripted-team-run.ts';

const json = (value: unknown) => says(JSON.stringify(value));
/** All models give their calls the same id. */
const book = (what: string): ModelEvent[] => [
  { type: 'tool-call', index: 0, id: 'call_1', name: 'book' },
  { type: 'tool-call-delta', index: 0, arguments: JSON.stringify({ what }) },
  ends('tool_calls'),
];

/** Books what its name says, once for each task; the lead plans, reviews and sums up. */
const script: Script = ({ model, text, call }) => {
  if (text.includes('plan it')) {
    const task = { description: 'Book', expected_output: 'Booked', depends_on: [] };
    return json({
      tasks: [
        { ...task, member: 'hotels' },
        { ...task, member: 'flights' },
        { ...task, member: 'hotels', depends_on: [1, 2] },
      ],
    });
  }
  if (text.includes('which member')) return json({ car: 'flights' });
  if (text.includes('review'))
    return json({ approved: text.includes('flights'), score: 5, feedback: 'More' });
  if (model === 'lead') return says('All is booked.');
  const last = call.messages.at(-1);
  return last?.role === 'tool' ? says(`${model} booked ${JSON.stringify(last.content)}`) : book(model);
};

const tasks: TeamTasks = [
  { id: 'bed', description: 'Book a bed', member: 'hotels' },
  { id: 'seat', description: 'Book a seat', member: 'flights' },
  { id: 'car', description: 'Book a car', dependsOn: ['bed'] },
];
const cases: readonly [TeamProcess, TeamTasks | undefined][] = [
  ['sequential', tasks],
  ['parallel', tasks],
  ['hierarchical', tasks],
  ['consensus', undefined],
  ['planned', undefined],
];

function prepare(process: TeamProcess, given: TeamTasks | undefined, idempotent: boolean) {
  const booked: string[] = [];
  const execute = ({ what }: { what: string }, { callId }: { callId: string }) => {
    booked.push(`${what} ${callId}`);
    return what;
  };
  const tools: AgentDefinition<{ book: z.ZodObject<{ what: z.ZodString }> }>['tools'] = {
    book: { description: 'Books', parameters: z.object({ what: z.string() }), execute, idempotent },
  };
  const agents = ['hotels', 'flights'].map((id) => defineAgent({ id, model: `test:${id}`, tools }));
  const named = { id: 'travel', model: 'test:lead', members: ['hotels', 'flights'] };
  const team = defineTeam({ ...named, process, ...(given === undefined ? {} : { tasks: given }) });
  return { run: { team, agents, script }, booked };
}

/** What is said and done in each branch and in the answer, without the times. */
function split(events: readonly RunEvent[]): Readonly<Record<string, readonly string[]>> {
  // Read back, because the log puts the fields into the order of the schema.
  const owners = Object.groupBy(
    decodeEvents(encodeEvents(events)),
    (event) => ('branch' in event ? event.branch : undefined) ?? 'answer',
  );
  const timeless = (event: RunEvent) =>
    JSON.stringify(event, (key, value) => (/Ms$/.test(key) ? undefined : value));
  return Object.fromEntries(Object.entries(owners).map(([name, own = []]) => [name, own.map(timeless)]));
}

/** The order of first calls differs between attempts. */
function sortMembers(events: readonly RunEvent[]): readonly RunEvent[] {
  return events.map((event) => {
    if (event.type !== 'run-end' || event.end.reason !== 'completed') return event;
    const members = event.end.members?.toSorted((a, b) => (a.agent < b.agent ? -1 : 1));
    return { ...event, end: { ...event.end, members } };
  });
}

describe.each(cases)('when the worker dies under a %s team', async (process, given) => {
  const whole = await runScripted(prepare(process, given, false).run);
  const deaths = Array.from({ length: whole.events.length }, (_, count) => count);

  it('books each thing once when nothing happens, each call with an id of its own', async () => {
    const { run, booked } = prepare(process, given, false);
    await runScripted(run);
    expect(booked.length).toBeGreaterThan(1);
    expect(new Set(booked).size).toBe(booked.length);
  });

  it.each(deaths)(
    'after %i events, what is stored and what comes after make one whole run',
    async (count) => {
      const { run } = prepare(process, given, true);
      const { stored } = await storeScripted(run, count);
      if (isHalfShown(stored)) return expect(readHistory(stored).hasLooseEnd).toBe(true);
      const { events, asked } = await runScripted({ ...run, stored });
      expect(split(sortMembers([...stored, ...events]))).toEqual(split(sortMembers(whole.events)));
      // What is done is not asked for again.
      expect(asked.length).toBe(whole.asked.length - countModelCalls(stored));
    },
  );

  it.each(deaths)('after %i events, nothing is booked twice: it goes on or is in doubt', async (count) => {
    const { run, booked } = prepare(process, given, false);
    const { stored } = await storeScripted(run, count);
    if (isHalfShown(stored)) return expect(readHistory(stored).hasLooseEnd).toBe(true);
    const branches = [...(readHistory(stored).branches?.values() ?? []), readHistory(stored)];
    const isInDoubt = branches.some(({ steps }) => steps.at(-1)?.results.includes(undefined));
    const rest = runScripted({ ...run, stored });
    if (isInDoubt) await expect(rest).rejects.toMatchObject({ code: 'tool_outcome_unknown' });
    else
      expect(branchesOf([...stored, ...(await rest).events]).toSorted()).toEqual(
        branchesOf(whole.events).toSorted(),
      );
    expect(new Set(booked).size).toBe(booked.length);
  });
});

/** The calls of models whose results are stored. */
function countModelCalls(stored: readonly RunEvent[]): number {
  return stored.filter(({ type }) => type === 'step-calls' || type === 'branch-end').length;
}
