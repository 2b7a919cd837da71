import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ServerTool, Tool, ToolContext } from '../../agent/agent.ts';
import { CaluteError } from '../../errors.ts';
import { executeTool } from './execute-tool.ts';

const context = { signal: new AbortController().signal, runId: 'chatcmpl-1', callId: 'call_1' };
const parameters = z.object({ city: z.string(), days: z.number().default(1) });

const tool = (execute: Tool['execute'], more: Partial<Tool> = {}): Tool => ({
  description: 'd',
  parameters,
  execute,
  ...more,
});
const run = (one: Tool, args = '{"city":"Rome"}') => executeTool(one, args, context);

describe('executeTool', () => {
  test('gives a tool its parsed arguments and its context', async () => {
    const result = await run(tool((args, { runId, callId }) => ({ args, runId, callId })));
    expect(JSON.parse(result)).toEqual({
      args: { city: 'Rome', days: 1 },
      runId: 'chatcmpl-1',
      callId: 'call_1',
    });
  });

  test('tells the model a string as it is, and nothing as null', async () => {
    expect(await run(tool(async () => 'sunny'))).toBe('sunny');
    expect(await run(tool(() => undefined))).toBe('null');
  });

  test('tells the model of bad arguments without running the tool', async () => {
    const never = tool(() => expect.unreachable());
    expect(JSON.parse(await run(never, '{"city":'))).toEqual({ error: 'The arguments are not valid JSON.' });
    expect(JSON.parse(await run(never, '{"city":1}')).error).toContain('city');
    expect(JSON.parse(await run(never, '')).error).toContain('city');
  });

  test('tells the model of a tool that throws, now or later, or gives what JSON cannot hold', async () => {
    const fail = () => {
      throw new Error('no such city');
    };
    expect(JSON.parse(await run(tool(fail)))).toEqual({ error: 'no such city' });
    expect(JSON.parse(await run(tool(async () => fail())))).toEqual({ error: 'no such city' });
    expect(JSON.parse(await run(tool(() => 1n))).error).toContain('BigInt');
  });

  test('tells whoever runs it what the tool threw, with its stack, and nothing of the arguments or of an abort', async () => {
    const failures: Error[] = [];
    const call = { ...context, onFailure: (error: Error) => void failures.push(error) };
    const cause = new TypeError('no such city');
    const throwing = (thrown: unknown) =>
      tool(() => {
        throw thrown;
      });
    await executeTool(throwing(cause), '{"city":"Rome"}', call);
    await executeTool(throwing('only a text'), '{"city":"Rome"}', call);
    await executeTool(throwing(cause), '{"city":1}', call);
    await executeTool(
      tool(() => new Promise(() => undefined), { timeoutMs: 1 }),
      '{"city":"Rome"}',
      call,
    );
    expect(failures[0]).toBe(cause);
    expect(failures.slice(1).map(({ message }) => message)).toEqual([
      'only a text',
      'The tool took longer than 1 ms.',
    ]);
    const stopping = { ...call, signal: AbortSignal.abort(new Error('over')) };
    await expect(executeTool(throwing(cause), '{"city":"Rome"}', stopping)).rejects.toThrow('over');
    expect(failures).toHaveLength(3);
  });

  test('tells the model of a result that is too large, for any tool or for this one', async () => {
    expect(await run(tool(() => 'x'.repeat(65_536)))).toHaveLength(65_536);
    expect(JSON.parse(await run(tool(() => 'ü'.repeat(40_000)))).error).toContain('80000 bytes');
    expect(await run(tool(() => 'x'.repeat(80_000), { maxResultBytes: 80_000 }))).toHaveLength(80_000);
    expect(JSON.parse(await run(tool(() => 'xxx', { maxResultBytes: 2 }))).error).toContain('2 allowed');
  });

  test('tells the model no more of a failure than it can read', async () => {
    const fail = tool(() => {
      throw new Error('x'.repeat(1_000_000));
    });
    expect(JSON.parse(await run(fail)).error).toHaveLength(8192);
  });

  test('tells the model of a CaluteError as of any other: a tool cannot end the run', async () => {
    const fail = tool(() => {
      throw new CaluteError('permission_denied', 'Not yours.');
    });
    expect(JSON.parse(await run(fail))).toEqual({ error: 'Not yours.' });
  });

  test('tells the model of parameters whose own checks throw, or never end', async () => {
    const broken = z.object({}).refine(() => {
      throw new Error('no database');
    });
    expect(JSON.parse(await run(tool(() => 1, { parameters: broken })))).toEqual({ error: 'no database' });
    const endless = z.object({}).refine(() => new Promise(() => {}));
    const slow = tool(() => 1, { parameters: endless, timeoutMs: 10 });
    expect(JSON.parse(await run(slow)).error).toContain('10 ms');
  });

  test('gives up on a tool that is too slow, also when it ignores its signal', async () => {
    let aborted = false;
    const slow = tool(
      (_args, { signal }) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
      { timeoutMs: 10 },
    );
    expect(JSON.parse(await run(slow))).toEqual({ error: 'The tool took longer than 10 ms.' });
    expect(aborted).toBe(true);
  });

  test('throws the reason when the run is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const started = Promise.withResolvers<void>();
    const waiting = tool(() => {
      started.resolve();
      return new Promise(() => {});
    });
    const running = executeTool(waiting, '{"city":"Rome"}', { ...context, signal: controller.signal });
    await started.promise;
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(executeTool(waiting, '{}', { ...context, signal: controller.signal })).rejects.toBe(reason);
  });

  test('leaves the arguments of a server tool to its server, once they are an object', async () => {
    const server: ServerTool = {
      description: 'd',
      inputSchema: { type: 'object' },
      idempotent: false,
      timeoutMs: 1000,
      execute: async (args) => JSON.stringify(args),
    };
    expect(await executeTool(server, '{"city":1}', context)).toBe('{"city":1}');
    expect(await executeTool(server, '', context)).toBe('{}');
    for (const args of ['[]', '1', 'null'])
      expect(await executeTool(server, args, context)).toBe('{"error":"The arguments are not an object."}');
  });
});

describe('retries', () => {
  /** Fails so often, and then gives how often it was tried. */
  const flaky = (failures: number, more: Partial<Tool>) => {
    const calls: ToolContext[] = [];
    const execute: Tool['execute'] = (_args, called) => {
      calls.push(called);
      if (calls.length <= failures) throw new Error(`failure ${calls.length}`);
      return `try ${calls.length}`;
    };
    return { calls, tool: tool(execute, more) };
  };

  test('try an idempotent tool again that throws, under the same call id and a signal of its own', async () => {
    const { calls, tool: once } = flaky(1, { idempotent: true, retries: 2 });
    expect(await run(once)).toBe('try 2');
    expect(calls.map(({ callId }) => callId)).toEqual(['call_1', 'call_1']);
    expect(new Set(calls.map(({ signal }) => signal)).size).toBe(2);
  });

  test('try an idempotent tool again that is too slow', async () => {
    let tries = 0;
    const slowOnce = tool(() => (tries++ === 0 ? new Promise(() => {}) : 'in time'), {
      idempotent: true,
      retries: 1,
      timeoutMs: 10,
    });
    expect(await run(slowOnce)).toBe('in time');
  });

  test('end with the last failure', async () => {
    const { tool: always } = flaky(9, { idempotent: true, retries: 1 });
    expect(JSON.parse(await run(always))).toEqual({ error: 'failure 2' });
  });

  test('never run a tool twice that is not idempotent, even if asked to', async () => {
    const { calls, tool: once } = flaky(9, { retries: 3 });
    expect(JSON.parse(await run(once))).toEqual({ error: 'failure 1' });
    expect(calls).toHaveLength(1);
  });

  test('are not for bad arguments, nor for results that cannot be told', async () => {
    const { calls, tool: good } = flaky(0, { idempotent: true, retries: 3, maxResultBytes: 2 });
    await run(good, '{"city":1}');
    expect(calls).toHaveLength(0);
    await run(good);
    expect(calls).toHaveLength(1);
  });

  test('stop with the run', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    let tries = 0;
    const stopping = tool(
      () => {
        tries += 1;
        controller.abort(reason);
        throw new Error('failure');
      },
      { idempotent: true, retries: 3 },
    );
    const running = executeTool(stopping, '{"city":"Rome"}', { ...context, signal: controller.signal });
    await expect(running).rejects.toBe(reason);
    expect(tries).toBe(1);
  });
});
