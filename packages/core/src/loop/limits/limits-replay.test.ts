import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../../agent/define-agent.ts';
import type { Limits } from '../../agent/limits.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { readHistory } from '../../runs/run-history.ts';
import {
  callOf,
  modelEnd,
  runScripted,
  type ScriptedRun,
  startScripted,
  storeScripted,
} from '../testing/scripted-run.ts';

/** Looks again and again. */
const looking: ScriptedRun['answer'] = () => [...callOf('look'), modelEnd('tool_calls')];

function looker(limits: Partial<Limits>, outputPerMillion = 500_000): ScriptedRun['agent'] {
  const look = { description: 'Looks', parameters: z.object({}), execute: () => 'seen', idempotent: true };
  const prices = { inputPerMillion: 0, outputPerMillion };
  return defineAgent({ id: 'looker', model: 'offline:m', tools: { look }, limits, prices });
}

interface Outcome {
  readonly steps: number;
  /** The run's end, or why it was thrown. */
  readonly end: unknown;
}

/** How the run comes to its end after these events; steps are those of all attempts. */
async function goOn(run: ScriptedRun, stored: readonly RunEvent[] = []): Promise<Outcome> {
  const events = [...stored];
  const committed = readHistory(stored).steps;
  const steps = () => events.filter(({ type }) => type === 'step-calls').length;
  try {
    for await (const next of startScripted({ ...run, committed })) events.push(...next);
  } catch (error) {
    return { steps: steps(), end: error };
  }
  return { steps: steps(), end: events.at(-1) };
}

const cases: (readonly [string, Partial<Limits>, number, object])[] = [
  ['maxSteps', { maxSteps: 3 }, 3, { code: 'run_limit_exceeded' }],
  ['maxCostUsd', { maxCostUsd: 3 }, 3, { code: 'run_limit_exceeded' }],
  [
    'maxOutputTokens',
    { maxOutputTokens: 6 },
    2, // the third is not gone on with, and so not stored as a step
    { end: { finishReason: 'length', usage: { completionTokens: 6, costUsd: 3 } } },
  ],
];

const deaths = [0, 1, 2, 3, 4, 5];

describe.each(cases)('%s', (_name, limits, steps, end) => {
  const run = { agent: looker(limits), answer: looking };

  it('is reached after three model calls', async () => {
    const outcome = await goOn(run);
    expect(outcome.steps).toBe(steps);
    expect(outcome.end).toMatchObject(end);
  });

  it.each(deaths.slice(0, 2 * steps))(
    'is reached just so when a worker dies after %i stored events',
    async (count) => {
      const stored = await storeScripted(run, count);
      expect(stored).toHaveLength(count);
      const outcome = await goOn(run, stored);
      expect(outcome.steps).toBe(steps);
      expect(outcome.end).toMatchObject(end);
    },
  );
});

it('a limit that is reached is reached for every further attempt, and no tool runs', async () => {
  const run = { agent: looker({ maxSteps: 3 }), answer: looking };
  const stored = await storeScripted(run, 5); // the last of them is the third step
  expect(stored.at(-1)).toMatchObject({ type: 'step-calls' });
  const [attempt] = await Promise.allSettled([
    runScripted({
      ...run,
      committed: readHistory(stored).steps,
      answer: () => expect.unreachable(),
    }),
  ]);
  expect(attempt).toMatchObject({ status: 'rejected', reason: { code: 'run_limit_exceeded' } });
});

it('what a step has cost stays what it was when the prices change', async () => {
  const stored = await storeScripted({ agent: looker({ maxCostUsd: 3 }), answer: looking }, 2);
  const dearer = looker({ maxCostUsd: 3 }, 5_000_000);
  const outcome = await goOn({ agent: dearer, answer: looking }, stored);
  expect(outcome.end).toMatchObject({ message: expect.stringContaining('11 USD') }); // 1, and then 10
});

it('goes on under a limit that was lowered meanwhile with one token', async () => {
  const stored = await storeScripted({ agent: looker({}), answer: looking }, 4);
  const asked: unknown[] = [];
  const answer: ScriptedRun['answer'] = ({ sampling }) => {
    asked.push(sampling.maxTokens);
    return [modelEnd('length')];
  };
  await goOn({ agent: looker({ maxOutputTokens: 3 }), answer }, stored);
  expect(asked).toEqual([1]);
});

describe('maxDurationMs', () => {
  const agent = looker({ maxDurationMs: 60_000 });
  const startedAtMs = 1_000_000;
  const firstAttempt = () => storeScripted({ agent, answer: looking, now: new Date(startedAtMs) }, 2);
  const done: ScriptedRun['answer'] = () => [modelEnd('stop')];
  const secondAttempt = async (afterMs: number) => {
    const now = new Date(startedAtMs + afterMs);
    return (await goOn({ agent, answer: done, now }, await firstAttempt())).end;
  };

  it('counts from the start of the first attempt, the pause after its death included', async () => {
    expect(await secondAttempt(59_000)).toMatchObject({ end: { finishReason: 'stop' } });
    expect(await secondAttempt(60_000)).toMatchObject({ code: 'run_limit_exceeded' });
  });

  it('is handed on by every further attempt', async () => {
    const stored = await firstAttempt();
    const second = { agent, answer: looking, committed: readHistory(stored).steps };
    const more = await storeScripted({ ...second, now: new Date(startedAtMs + 30_000) }, 2);
    expect(more[0]).toMatchObject({ type: 'step-calls', startedAtMs });
  });

  it('is not longer for a worker whose clock goes slow', async () => {
    const stored = await storeScripted(
      { agent: looker({ maxDurationMs: 20 }), answer: looking, now: new Date(startedAtMs) },
      2,
    );
    const stream: ScriptedRun['stream'] = async function* (_call, signal) {
      const stopped = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => stopped.reject(signal.reason));
      yield await stopped.promise;
    };
    const outcome = await goOn(
      { agent: looker({ maxDurationMs: 20 }), answer: looking, stream, now: new Date(0) },
      stored,
    );
    expect(outcome.end).toMatchObject({ code: 'run_limit_exceeded' });
  });

  it('costs nothing in the log where it is not set', async () => {
    const [step] = await storeScripted({ agent: looker({}), answer: looking }, 1);
    expect(step).not.toHaveProperty('startedAtMs');
  });
});
