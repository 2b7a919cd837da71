import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import { createRunId } from '../ids.ts';
import type { ModelCall, ModelEvent } from '../models/model-provider.ts';
import { createFrameWriter } from '../run-store/append/frame-writer.ts';
import { PendingEvents } from '../run-store/append/pending-events.ts';
import type { RunLog } from '../run-store/run-log.ts';
import { decodeEvents, encodeEvents } from '../runs/frame-payload.ts';
import { isCommit, type RunEvent } from '../runs/run-event.ts';
import { type RunHistory, readHistory } from '../runs/run-history.ts';
import { runChoices } from './run-choices.ts';

const usage = { promptTokens: 10, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 };

/** What each choice books, step by step; then it says so. */
const plans = [[['flight'], ['hotel', 'car']], [['train', 'tent']]];
const things = plans.flat(2);

/** Thinks aloud before each step, so that text stands before and between the commits. */
function answer({ messages, choice = 0 }: ModelCall): ModelEvent[][] {
  const step = messages.filter(({ role }) => role === 'assistant').length;
  const calls = plans[choice]?.[step];
  if (calls === undefined) {
    const end: ModelEvent = { type: 'model-end', finishReason: 'stop', usage };
    return [[{ type: 'text-delta', text: 'Booked ' }], [{ type: 'text-delta', text: 'all.' }, end]];
  }
  const wishes = calls.flatMap((id, index): ModelEvent[] => [
    { type: 'tool-call', index, id, name: 'book' },
    { type: 'tool-call-delta', index, arguments: JSON.stringify({ what: id }) },
  ]);
  const thought: ModelEvent = { type: 'text-delta', text: `Step ${step}. ` };
  return [[thought], [...wishes, { type: 'model-end', finishReason: 'tool_calls', usage }]];
}

interface Attempt {
  readonly idempotent: boolean;
  readonly booked: string[];
  readonly committed?: readonly RunHistory[];
}

function start({ idempotent, booked, committed = [] }: Attempt) {
  const book = {
    description: 'Books',
    parameters: z.object({ what: z.string() }),
    execute: ({ what }: { what: string }) => {
      booked.push(what);
      return `booked ${what}`;
    },
    idempotent,
  };
  return runChoices({
    agent: defineAgent({ id: 'traveller', model: 'offline:echo', tools: { book } }),
    request: { model: 'traveller', n: 2, messages: [{ role: 'user', content: 'Go' }] },
    resolveModel: () => ({
      accepts: new Set(),
      async *stream(call) {
        yield* answer(call);
      },
    }),
    context: { runId: 'chatcmpl-1', tenant: 'local', metadata: {}, user: undefined, now: new Date(0) },
    committed,
    signal: new AbortController().signal,
  });
}

/** What a stream's log holds when the worker dies just before it would store the event after the first `count`. */
async function streamUntil(count: number, attempt: Attempt): Promise<RunEvent[]> {
  const stored: RunEvent[] = [];
  for await (const events of start(attempt)) {
    if (stored.length + events.length > count) break;
    stored.push(...events);
  }
  return decodeEvents(encodeEvents(stored));
}

/** The same for a client that waits for one answer: what is said is kept back until a commit of its choice. */
async function answerUntil(count: number, attempt: Attempt): Promise<RunEvent[]> {
  const stored: RunEvent[] = [];
  const log: Pick<RunLog, 'append'> = {
    append: async (frames) => {
      stored.push(...frames.flatMap(({ payload }) => decodeEvents(payload)));
      return frames.map(() => 'stored');
    },
  };
  const writer = createFrameWriter({ log, onStoreError: () => undefined }).open({
    runId: createRunId(0),
    epoch: 1,
    seq: 0,
    mode: 'whole',
    onRefused: () => undefined,
  });
  let taken = 0;
  for await (const events of start(attempt)) {
    for (const event of events) {
      if (taken === count) return stored;
      taken += 1;
      if (event.type === 'run-end') await writer.end(event.end);
      else await (isCommit(event) ? writer.commit(event) : writer.write(event));
    }
  }
  return stored;
}

const readChoices = (events: readonly RunEvent[]) => plans.map((_, choice) => readHistory(events, choice));

/** What each choice has said and done, without the times and whatever it was cut into; the run's end as a third. */
function split(events: readonly RunEvent[]): string[][] {
  const timeless = (event: RunEvent) =>
    JSON.stringify(event, (key, value) => (/Ms$/.test(key) ? undefined : value));
  const of = (choice: number) => {
    const whole = new PendingEvents();
    for (const event of events)
      if (event.type !== 'run-end' && (event.choice ?? 0) === choice) whole.add(event);
    return whole.take().map(timeless);
  };
  return [of(0), of(1), events.filter(({ type }) => type === 'run-end').map(timeless)];
}

const undisturbed = (await Array.fromAsync(start({ idempotent: false, booked: [] }))).flat();
const deaths = Array.from({ length: undisturbed.length }, (_, count) => count);

it('books each thing once, in both choices, when nothing happens', async () => {
  const booked: string[] = [];
  const events = (await Array.fromAsync(start({ idempotent: false, booked }))).flat();
  expect(booked.toSorted()).toEqual(things.toSorted());
  expect(events.filter(({ type }) => type === 'choice-end')).toHaveLength(2);
  expect(events.at(-1)).toMatchObject({
    type: 'run-end',
    end: { usage: { promptTokens: 50, completionTokens: 10 } },
  });
});

describe.each([
  ['a stream', streamUntil],
  ['one whole answer', answerUntil],
])('when the worker dies under %s', (_, runUntil) => {
  it.each(deaths)(
    'after %i events, what is stored and what comes after make one whole run',
    async (count) => {
      const stored = await runUntil(count, { idempotent: true, booked: [] });
      const committed = readChoices(stored);
      // Such a stream is over: no worker goes on with it.
      if (committed.some(({ hasLooseEnd }) => hasLooseEnd)) return expect(runUntil).toBe(streamUntil);
      const rest = (await Array.fromAsync(start({ idempotent: true, booked: [], committed }))).flat();
      expect(split([...stored, ...rest])).toEqual(split(undisturbed));
    },
  );

  it.each(deaths)('after %i events, nothing is booked twice: it goes on or is in doubt', async (count) => {
    const booked: string[] = [];
    const stored = await runUntil(count, { idempotent: false, booked });
    const committed = readChoices(stored);
    if (committed.some(({ hasLooseEnd }) => hasLooseEnd)) return expect(runUntil).toBe(streamUntil);
    const rest = Array.fromAsync(start({ idempotent: false, booked, committed }));
    if (committed.some(({ steps }) => steps.at(-1)?.results.includes(undefined))) {
      await expect(rest).rejects.toMatchObject({ code: 'tool_outcome_unknown' });
      return expect(new Set(booked).size).toBe(booked.length);
    }
    expect(split([...stored, ...(await rest).flat()])).toEqual(split(undisturbed));
    expect(booked.toSorted()).toEqual(things.toSorted());
  });
});

it('runs a choice no more that had ended before its worker died', async () => {
  const attempts = undisturbed.map(async (_, count) =>
    readChoices(await answerUntil(count, { idempotent: true, booked: [] })),
  );
  const histories = await Promise.all(attempts);
  const committed = histories.find((choices) => choices.some(({ end }) => end !== undefined)) ?? [];
  const done = committed.findIndex(({ end }) => end !== undefined);
  const again: string[] = [];
  await Array.fromAsync(start({ idempotent: true, booked: again, committed }));
  expect(again.length).toBeGreaterThan(0);
  for (const thing of plans[done]?.flat() ?? things) expect(again).not.toContain(thing);
});
