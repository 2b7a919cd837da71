import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import type { ModelCall, ModelEvent } from '../models/model-provider.ts';
import { decodeEvents, encodeEvents } from '../runs/frame-payload.ts';
import type { RunEvent } from '../runs/run-event.ts';
import { readHistory } from '../runs/run-history.ts';
import { runAgent } from './run-agent.ts';

const usage = { promptTokens: 10, completionTokens: 2, cachedTokens: 0, reasoningTokens: 0 };

/** Books a flight, then a hotel and a car at once, then says so: three calls of the model, told apart by their messages. */
function answer({ messages }: ModelCall): ModelEvent[] {
  const results = messages.filter(({ role }) => role === 'tool').length;
  const call = (index: number, id: string): ModelEvent[] => [
    { type: 'tool-call', index, id, name: 'book' },
    { type: 'tool-call-delta', index, arguments: JSON.stringify({ what: id }) },
  ];
  const end = (finishReason: 'stop' | 'tool_calls'): ModelEvent => ({
    type: 'model-end',
    finishReason,
    usage,
  });
  if (results === 0) return [...call(0, 'flight'), end('tool_calls')];
  if (results === 1) return [...call(0, 'hotel'), ...call(1, 'car'), end('tool_calls')];
  return [{ type: 'text-delta', text: `Booked ${results}.` }, end('stop')];
}

interface Policy {
  readonly idempotent: boolean;
  readonly parallelTools: boolean;
}

function start(
  { idempotent, parallelTools }: Policy,
  booked: string[],
  committed: ReturnType<typeof readHistory>['steps'] = [],
) {
  const book = {
    description: 'Books',
    parameters: z.object({ what: z.string() }),
    execute: ({ what }: { what: string }) => {
      booked.push(what);
      return `booked ${what}`;
    },
    idempotent,
  };
  return runAgent({
    agent: defineAgent({
      id: 'traveller',
      model: 'offline:echo',
      tools: { book },
      parallelTools,
      limits: { maxSteps: 4 },
    }),
    request: { model: 'traveller', messages: [{ role: 'user', content: 'Go' }] },
    resolveModel: () => ({
      accepts: new Set(),
      async *stream(call) {
        yield answer(call);
      },
    }),
    context: { runId: 'chatcmpl-1', tenant: 'local', metadata: {}, user: undefined, now: new Date(0) },
    committed,
    signal: new AbortController().signal,
  });
}

/** All events of an attempt that nothing befalls. */
async function goOn(...started: Parameters<typeof start>): Promise<RunEvent[]> {
  return (await Array.fromAsync(start(...started))).flat();
}

/** What is in the log when the worker dies just before it would store the event after the first `count`. */
async function runUntil(count: number, policy: Policy, booked: string[]): Promise<RunEvent[]> {
  const stored: RunEvent[] = [];
  for await (const events of start(policy, booked)) {
    if (stored.length === count) break;
    stored.push(...events);
  }
  return decodeEvents(encodeEvents(stored));
}

const wholeRun = 7; // step-calls, result, step-calls, two results, text, end

const deaths = Array.from({ length: wholeRun - 1 }, (_, count) => count);

describe.each([
  { order: 'side by side', parallelTools: true },
  { order: 'one after the other', parallelTools: false },
])('an agent whose tools run $order', ({ parallelTools }) => {
  const once = { idempotent: false, parallelTools };
  const again = { idempotent: true, parallelTools };

  it('takes three steps and books each thing once when nothing happens', async () => {
    const booked: string[] = [];
    const events = await goOn(once, booked);
    expect(events.map(({ type }) => type)).toEqual([
      'step-calls',
      'tool-result',
      'step-calls',
      'tool-result',
      'tool-result',
      'text-delta',
      'run-end',
    ]);
    expect(booked).toEqual(['flight', 'hotel', 'car']);
  });

  it.each(deaths)(
    'books nothing twice when its worker dies after %i events: it goes on, or says that it is in doubt',
    async (count) => {
      const booked: string[] = [];
      const history = readHistory(await runUntil(count, once, booked));
      expect(history.hasLooseEnd).toBe(false);
      const rest = await goOn(once, booked, history.steps).catch((error: unknown) => error);
      expect(new Set(booked).size).toBe(booked.length);
      const inDoubt = history.steps.at(-1)?.results.includes(undefined) ?? false;
      if (inDoubt) expect(rest).toMatchObject({ code: 'tool_outcome_unknown' });
      else expect(rest).toMatchObject(expect.arrayContaining([{ type: 'text-delta', text: 'Booked 3.' }]));
    },
  );

  it.each(deaths)(
    'comes to the same answer and usage when its worker dies after %i events and its tools may run again',
    async (count) => {
      const history = readHistory(await runUntil(count, again, []));
      const rest = await goOn(again, [], history.steps);
      expect(rest.slice(-2)).toMatchObject([
        { type: 'text-delta', text: 'Booked 3.' },
        { type: 'run-end', end: { reason: 'completed', usage: { promptTokens: 30, completionTokens: 6 } } },
      ]);
    },
  );

  it('counts what was shown after the last step as a loose end', async () => {
    expect(readHistory(await runUntil(wholeRun - 1, once, [])).hasLooseEnd).toBe(true);
  });
});
