import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ServerTool, Tool } from '../agent.ts';
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

  test('tells the model of a result that is too large', async () => {
    expect(await run(tool(() => 'x'.repeat(65_536)))).toHaveLength(65_536);
    expect(JSON.parse(await run(tool(() => 'ü'.repeat(40_000)))).error).toContain('80000 bytes');
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
