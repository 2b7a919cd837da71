import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import { CaluteError } from '../errors.ts';
import type { ModelEvent } from '../models/model-provider.ts';
import { createPacing } from '../models/pacing/create-pacing.ts';
import { createMemoryProviderState } from '../models/pacing/memory-provider-state.ts';
import { ProviderPaused } from '../models/pacing/provider-paused.ts';
import type { RunEvent } from '../runs/run-event.ts';
import { runAgent } from './run-agent.ts';
import { calls, countResults, says } from './testing/scripted-team.ts';

const look = { description: 'Looks', parameters: z.object({}), execute: () => 'seen' };
const plain = defineAgent({ id: 'plain', model: 'test:first' });
const desk = defineAgent({ id: 'desk', model: 'test:first', tools: { look } });
const sturdy = defineAgent({ id: 'sturdy', model: 'test:first', fallback: ['test:second'] });

interface Scene {
  /** In how long each model wants to be asked again; the others answer. */
  readonly pausedMs: Readonly<Record<string, number>>;
  /** These refuse the key. */
  readonly locked?: readonly string[];
  readonly ifPaused: 'wait' | 'leave';
  readonly deadlineMs?: number;
}

/** A run on paced models, on a clock that waits move. */
function open({ pausedMs, locked = [], ifPaused, deadlineMs }: Scene) {
  let clock = 1_000_000;
  const startMs = clock;
  const waits: number[] = [];
  const now = () => clock;
  const pacing = createPacing(
    {
      state: createMemoryProviderState(now),
      worker: 'w1',
      providerWaitMs: 30_000,
      onError: (error) => expect.unreachable(`${error}`),
    },
    {
      now,
      clock: now,
      random: () => 0,
      async wait(ms) {
        waits.push(ms);
        clock += ms;
      },
    },
  );
  const resolveModel = (name: string) =>
    pacing.pace(
      {
        accepts: new Set(),
        async *stream(call): AsyncGenerator<readonly ModelEvent[]> {
          const restMs = startMs + (pausedMs[name] ?? 0) - clock;
          const isFirst = call.tools.length > 0 && countResults(call) === 0;
          if (locked.includes(name)) throw new CaluteError('upstream_unauthorized', 'No');
          if (isFirst) yield calls('look');
          else if (restMs > 0)
            throw new CaluteError('rate_limit_exceeded', 'Slow down', { retryAfterMs: restMs });
          else yield says(name);
        },
      },
      { provider: 'test', host: 'up', model: name },
    );
  const run = (agent: typeof plain) =>
    runAgent({
      agent,
      request: { model: agent.id, messages: [{ role: 'user', content: 'Go' }] },
      resolveModel,
      context: { runId: 'chatcmpl-1', tenant: 'local', metadata: {}, user: undefined, now: new Date(0) },
      signal: new AbortController().signal,
      patience: { ifPaused, ...(deadlineMs === undefined ? {} : { deadlineMs: startMs + deadlineMs }) },
    });
  return { startMs, waits, run, [Symbol.asyncDispose]: () => pacing[Symbol.asyncDispose]() };
}

const textOf = async (events: AsyncIterable<readonly RunEvent[]>) =>
  (await Array.fromAsync(events))
    .flat()
    .flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
    .join('');

describe('a run that is watched', () => {
  test('waits for its provider', async () => {
    await using scene = open({ pausedMs: { 'test:first': 5000 }, ifPaused: 'wait' });
    expect(await textOf(scene.run(plain))).toBe('test:first');
    expect(scene.waits).toEqual([5000]);
  });

  test('waits for a short pause, and asks a fallback in a longer one', async () => {
    await using short = open({ pausedMs: { 'test:first': 1500 }, ifPaused: 'wait' });
    expect(await textOf(short.run(sturdy))).toBe('test:first');
    await using long = open({ pausedMs: { 'test:first': 5000 }, ifPaused: 'wait' });
    expect(await textOf(long.run(sturdy))).toBe('test:second');
    expect(long.waits).toEqual([]);
  });

  test('waits for the last of its fallbacks', async () => {
    await using scene = open({ pausedMs: { 'test:first': 9000, 'test:second': 6000 }, ifPaused: 'wait' });
    expect(await textOf(scene.run(sturdy))).toBe('test:second');
    expect(scene.waits).toEqual([6000]);
  });
});

describe('a run that nobody watches', () => {
  test('leaves with the time to come back, before anything is shown', async () => {
    await using scene = open({ pausedMs: { 'test:first': 5000 }, ifPaused: 'leave' });
    const paused = await textOf(scene.run(plain)).catch((error: unknown) => error);
    expect(paused).toBeInstanceOf(ProviderPaused);
    expect(paused).toMatchObject({ untilMs: scene.startMs + 5000 });
    expect(scene.waits).toEqual([]);
  });

  test('leaves after the steps that it has stored', async () => {
    await using scene = open({ pausedMs: { 'test:first': 5000 }, ifPaused: 'leave' });
    const stored: string[] = [];
    const read = async () => {
      for await (const events of scene.run(desk)) stored.push(...events.map(({ type }) => type));
    };
    await expect(read()).rejects.toBeInstanceOf(ProviderPaused);
    expect(stored).toEqual(['step-calls', 'tool-result']);
  });

  test('asks a fallback in a long pause', async () => {
    await using scene = open({ pausedMs: { 'test:first': 5000 }, ifPaused: 'leave' });
    expect(await textOf(scene.run(sturdy))).toBe('test:second');
  });

  test('leaves while all that it may ask are paused', async () => {
    await using scene = open({ pausedMs: { 'test:first': 9000, 'test:second': 6000 }, ifPaused: 'leave' });
    await expect(textOf(scene.run(sturdy))).rejects.toMatchObject({ untilMs: scene.startMs + 6000 });
  });

  test('leaves for the one that is paused when the others cannot help', async () => {
    await using scene = open({
      pausedMs: { 'test:first': 9000 },
      locked: ['test:second'],
      ifPaused: 'leave',
    });
    await expect(textOf(scene.run(sturdy))).rejects.toBeInstanceOf(ProviderPaused);
  });

  test('fails when the pause outlasts its deadline', async () => {
    await using scene = open({ pausedMs: { 'test:first': 5000 }, ifPaused: 'leave', deadlineMs: 5000 });
    await expect(textOf(scene.run(plain))).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      retryAfterMs: 5000,
    });
  });
});
