import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../../agent/define-agent.ts';
import type { Limits, Prices } from '../../agent/limits.ts';
import type { ModelCall, ModelEvent } from '../../models/model-provider.ts';
import { isCommit, type RunEvent } from '../../runs/run-event.ts';
import { callOf, modelEnd, runScripted, type ScriptedRun, startScripted } from '../testing/scripted-run.ts';

const prices: Prices = { inputPerMillion: 100_000, outputPerMillion: 500_000 }; // 2 USD for each scripted call

function limited(limits: Partial<Limits>, ran: string[] = []) {
  const look = {
    description: 'Looks',
    parameters: z.object({}),
    execute: (_args: object, { callId }: { callId: string }) => void ran.push(callId),
  };
  return defineAgent({ id: 'limited', model: 'offline:m', tools: { look }, limits, prices });
}

const say = (text: string): ModelEvent => ({ type: 'text-delta', text });

/** Looks again and again. */
const looking: ScriptedRun['answer'] = (_call, results) => [
  say(`${results} `),
  ...callOf('look'),
  modelEnd('tool_calls'),
];

async function runUntilThrow(run: ScriptedRun): Promise<{ shown: RunEvent[]; error: unknown }> {
  const shown: RunEvent[] = [];
  try {
    for await (const events of startScripted(run)) shown.push(...events.filter((event) => !isCommit(event)));
  } catch (error) {
    return { shown, error };
  }
  return { shown, error: undefined };
}

describe('maxOutputTokens', () => {
  const asked = async (limits: Partial<Limits>, maxTokens?: number) => {
    const calls: ModelCall[] = [];
    const agent = { ...limited(limits), sampling: maxTokens === undefined ? {} : { maxTokens } };
    const answer: ScriptedRun['answer'] = (call, results) => {
      calls.push(call);
      return results < 2 ? [...callOf('look'), modelEnd('tool_calls')] : [modelEnd('stop')];
    };
    await runScripted({ agent, answer });
    return calls.map(({ sampling }) => sampling.maxTokens);
  };

  it('leaves each model call what the ones before have left, and never more than the agent’s own maxTokens', async () => {
    expect(await asked({ maxOutputTokens: 7 })).toEqual([7, 5, 3]);
    expect(await asked({ maxOutputTokens: 7 }, 4)).toEqual([4, 4, 3]);
    expect(await asked({}, 4)).toEqual([4, 4, 4]);
    expect(await asked({})).toEqual([undefined, undefined, undefined]);
  });

  it('ends the run with length where a further call would have no token left, without running the tools', async () => {
    const ran: string[] = [];
    const { shown, error } = await runUntilThrow({
      agent: limited({ maxOutputTokens: 4 }, ran),
      answer: looking,
    });
    expect(error).toBeUndefined();
    expect(ran).toHaveLength(1);
    expect(shown).toMatchObject([
      { text: '0 ' },
      { text: '1 ' },
      { type: 'run-end', end: { finishReason: 'length', usage: { completionTokens: 4 } } },
    ]);
  });

  it.each(['stop', 'content_filter'] as const)(
    'leaves an answer that is over as it is: %s',
    async (finishReason) => {
      const events = await runScripted({
        agent: limited({ maxOutputTokens: 1 }),
        answer: () => [say('Yes'), ...callOf('look'), modelEnd(finishReason)],
      });
      expect(events.at(-1)).toMatchObject({ end: { finishReason } });
    },
  );

  it('leaves calls that the client has to run as they are', async () => {
    const events = await runScripted({
      agent: limited({ maxOutputTokens: 1 }),
      answer: () => [...callOf('look', 0), ...callOf('search', 1), modelEnd('tool_calls')],
      request: { tools: [{ type: 'function', function: { name: 'search' } }] },
    });
    expect(events.at(-1)).toMatchObject({ end: { finishReason: 'tool_calls' } });
  });
});

describe('maxCostUsd', () => {
  it('fails a run that wants to go on for more money, after its partial text and before its tools', async () => {
    const ran: string[] = [];
    const { shown, error } = await runUntilThrow({ agent: limited({ maxCostUsd: 4 }, ran), answer: looking });
    expect(shown).toMatchObject([{ text: '0 ' }, { text: '1 ' }]);
    expect(error).toMatchObject({ code: 'run_limit_exceeded', retryable: false, status: 422 });
    expect(error).toHaveProperty('message', expect.stringMatching(/4 USD.*limits\.maxCostUsd: 4.*raise/));
    expect(ran).toHaveLength(1);
  });

  it('lets a whole answer through that has cost too much', async () => {
    const agent = limited({ maxCostUsd: 1 });
    const events = await runScripted({ agent, answer: () => [modelEnd('stop')] });
    expect(events.at(-1)).toMatchObject({ end: { finishReason: 'stop', usage: { costUsd: 2 } } });
  });
});

describe('maxDurationMs', () => {
  const hanging = (begun: PromiseWithResolvers<void>): NonNullable<ScriptedRun['stream']> =>
    async function* (_call, signal) {
      yield [say('Well')];
      begun.resolve();
      const stopped = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => stopped.reject(signal.reason));
      await stopped.promise;
    };
  const agent = limited({ maxDurationMs: 20 });

  it('cuts a model call, with the text so far', async () => {
    const { shown, error } = await runUntilThrow({
      agent,
      answer: looking,
      stream: hanging(Promise.withResolvers()),
    });
    expect(shown).toEqual([say('Well')]);
    expect(error).toMatchObject({
      code: 'run_limit_exceeded',
      message: expect.stringContaining('limits.maxDurationMs: 20'),
    });
  });

  it('cuts a tool, also one that ignores its signal', async () => {
    const stuck = {
      description: 'Hangs',
      parameters: z.object({}),
      execute: () => new Promise(() => {}),
    };
    const { error } = await runUntilThrow({
      agent: { ...agent, tools: { look: stuck } },
      answer: looking,
    });
    expect(error).toMatchObject({ code: 'run_limit_exceeded' });
  });

  it('leaves an abort of the run its own reason', async () => {
    const begun = Promise.withResolvers<void>();
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const ended = runUntilThrow({
      agent: limited({ maxDurationMs: 60_000 }),
      answer: looking,
      stream: hanging(begun),
      signal: controller.signal,
    });
    await begun.promise;
    controller.abort(reason);
    expect((await ended).error).toBe(reason);
  });

  it('lets no timer outlive the run', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let during = 0;
    const answer = () => {
      during = vi.getTimerCount();
      return [modelEnd('stop')];
    };
    await runScripted({ agent: limited({ maxDurationMs: 60_000 }), answer });
    expect([during, vi.getTimerCount()]).toEqual([1, 0]);
  });
});
