import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import { CaluteError, type ErrorCode } from '../errors.ts';
import { isCommit } from '../runs/run-event.ts';
import { calls, countResults, runTeam, type Script, says, startTeam } from './testing/scripted-team.ts';

const look = { description: 'Looks', parameters: z.object({}), execute: () => 'seen' };
const desk = defineAgent({
  id: 'desk',
  model: 'test:first',
  instructions: 'You are the desk.',
  sampling: { temperature: 0 },
  tools: { look },
  fallback: ['test:second', 'test:third'],
});
const fails = (code: ErrorCode) => () => {
  throw new CaluteError(code, `It failed with ${code}.`);
};
const overloaded = fails('server_is_overloaded');

describe('a fallback', () => {
  test.each<ErrorCode>([
    'rate_limit_exceeded',
    'insufficient_quota',
    'server_is_overloaded',
    'upstream_error',
    'upstream_unauthorized',
    'upstream_unreachable',
    'upstream_cut',
    'upstream_bad_chunk',
    'upstream_timeout',
    'provider_not_configured',
  ])('is asked the same when the provider fails with %s before it has said anything', async (code) => {
    const { events, asked, fallbacks } = await runTeam({
      agents: [desk],
      script: { 'test:first': fails(code), 'test:second': () => says('Hello.') },
    });
    expect(asked.map(({ model }) => model)).toEqual(['test:first', 'test:second']);
    expect(asked[1]?.call).toEqual(asked[0]?.call);
    expect(fallbacks).toEqual([`${code}: test:first > desk test:second`]);
    expect(events).toEqual([
      { type: 'text-delta', text: 'Hello.' },
      expect.objectContaining({ type: 'run-end' }),
    ]);
    expect(events.at(-1)).not.toHaveProperty('end.agent');
  });

  test.each<ErrorCode>([
    'invalid_request',
    'context_length_exceeded',
    'unsupported_parameter',
    'agent_failed',
  ])('is not asked when the request is at fault, or this program: %s', async (code) => {
    const run = startTeam({ agents: [desk], script: { 'test:first': fails(code) } });
    await expect(Array.fromAsync(run.events)).rejects.toMatchObject({ code });
    expect(run.asked).toHaveLength(1);
  });

  test('is not asked for a bug', async () => {
    const run = startTeam({
      agents: [desk],
      script: {
        'test:first': () => {
          throw new TypeError('x is undefined');
        },
      },
    });
    await expect(Array.fromAsync(run.events)).rejects.toThrow(TypeError);
    expect(run.asked).toHaveLength(1);
  });

  test('is asked when the answer ends before it begins', async () => {
    const { asked } = await runTeam({
      agents: [desk],
      script: { 'test:first': () => [], 'test:second': () => says('Hello.') },
    });
    expect(asked).toHaveLength(2);
  });

  test.each([
    ['text', says('Hel').slice(0, 1)],
    ['a thought', [{ type: 'reasoning-delta' as const, text: 'Hm' }]],
    ['a call that no client sees', calls('look').slice(0, 1)],
  ])('never replaces an answer that has begun with %s', async (_, events) => {
    const run = startTeam({ agents: [desk], script: { 'test:first': () => events } });
    await expect(Array.fromAsync(run.events)).rejects.toMatchObject({ code: 'upstream_cut' });
    expect(run.asked).toHaveLength(1);
  });

  test('stays for the rest of the run, with those after it behind it', async () => {
    const script: Script = {
      'test:first': overloaded,
      'test:second': (call) => (countResults(call) === 0 ? calls('look') : overloaded()),
      'test:third': () => says('Hello.'),
    };
    const { events, asked } = await runTeam({ agents: [desk], script });
    expect(asked.map(({ model }) => model)).toEqual([
      'test:first',
      'test:second',
      'test:second',
      'test:third',
    ]);
    expect(events[0]).toMatchObject({ type: 'step-calls', model: 'test:second' });
    expect(events[0]).not.toHaveProperty('agent');
  });

  test('is asked after earlier steps have been shown: what they said stands', async () => {
    const { events } = await runTeam({
      agents: [desk],
      script: {
        'test:first': (call) =>
          countResults(call) === 0
            ? [{ type: 'text-delta', text: 'I look. ' }, ...calls('look')]
            : overloaded(),
        'test:second': () => says('I see.'),
      },
    });
    const shown = events.filter((event) => !isCommit(event));
    expect(shown.slice(0, -1)).toEqual([
      { type: 'text-delta', text: 'I look. ' },
      { type: 'text-delta', text: 'I see.' },
    ]);
  });

  test('that cannot honour a parameter of the request is passed over', async () => {
    const { asked } = await runTeam({
      agents: [desk],
      script: { 'test:first': overloaded, 'test:third': () => says('Hello.') },
      request: { seed: 1 },
      accepts: { 'test:first': ['seed'], 'test:third': ['seed'] },
    });
    expect(asked.map(({ model }) => model)).toEqual(['test:first', 'test:third']);
    expect(asked[1]?.call.parameters).toEqual({ seed: 1 });
  });

  test('is not asked after an abort, whatever the provider made of it', async () => {
    const controller = new AbortController();
    const reason = new Error('deadline');
    const run = startTeam({
      agents: [desk],
      signal: controller.signal,
      script: {
        'test:first': () => {
          controller.abort(reason);
          return overloaded();
        },
      },
    });
    await expect(Array.fromAsync(run.events)).rejects.toBe(reason);
    expect(run.asked).toHaveLength(1);
  });

  test('leaves no stream open when the run is given up after its first events', async () => {
    const run = startTeam({
      agents: [desk],
      script: { 'test:first': overloaded, 'test:second': () => says('Hello.') },
    });
    await run.events.next();
    expect(run.closed).toEqual(['test:first']);
    await run.events.return(undefined);
    expect(run.closed).toEqual(['test:first', 'test:second']);
  });
});

describe('when all fail, the client is told', () => {
  const failing = async (...codes: readonly [ErrorCode, ErrorCode, ErrorCode]) => {
    const [first, second, third] = codes.map(fails);
    const script = { 'test:first': first, 'test:second': second, 'test:third': third } as Script; // because there are three
    return runTeam({ agents: [desk], script }).catch((error: unknown) => error);
  };

  test('of the first failure that may pass', async () => {
    expect(await failing('provider_not_configured', 'server_is_overloaded', 'upstream_cut')).toMatchObject({
      code: 'server_is_overloaded',
    });
  });

  test('else of the first: what a smaller model refuses is not the fault of the request', async () => {
    const failure = await failing('upstream_unauthorized', 'context_length_exceeded', 'insufficient_quota');
    expect(failure).toMatchObject({ code: 'upstream_unauthorized' });
  });
});
