import { describe, expect, test } from 'vitest';
import { defineAgent } from '../agent/define-agent.ts';
import type { ToolServer } from '../agent/tool-server.ts';
import { executeTool } from '../loop/tools/execute-tool.ts';
import { never, openOver } from './testing/open-tool-servers.ts';

/** For what other processes do: they share the machine with everything else. */
const soon = { timeout: 10_000 };

const cut = '{"error":"The connection to the tool server failed; whether the tool took effect is unknown."}';

describe.each(['stdio', 'http'] as const)('over %s', (transport) => {
  test("a server's tools join the agent's own, described by their own schema", async () => {
    const { equip } = await openOver(transport);
    const { tools } = await equip();
    expect(Object.keys(tools)).toEqual(
      expect.arrayContaining(['own', 's__add', 's__fail', 's__dotted_name']),
    );
    expect(tools['s__add']).toMatchObject({
      description: 'Adds two numbers',
      inputSchema: { type: 'object', required: ['a', 'b'] },
      idempotent: false,
      timeoutMs: 30_000,
    });
    expect(tools['s__add']).not.toHaveProperty('inputSchema.$schema');
    expect(tools['s__picture']?.description).toBe('picture');
    for (const name of Object.keys(tools)) expect(name).toMatch(/^[\w-]{1,64}$/);
  });

  test('a tool answers with text, structured content, or a note for what is neither', async () => {
    const { call } = await openOver(transport);
    expect(await call('s__add', { a: 2, b: 3 })).toBe('5');
    expect(await call('s__measure')).toBe('{"degrees":21}');
    expect(await call('s__picture')).toBe(
      'A cat.\n[image (image/png): not supported here]\n[link to file:///cat.txt]',
    );
    expect(await call('s__dotted_name')).toBe('dotted');
  });

  test('a tool that fails, arguments that do not fit and a flood are errors that the model is told', async () => {
    const { call } = await openOver(transport);
    expect(await call('s__fail')).toBe('{"error":"out of paper"}');
    expect(await call('s__add', { a: 'two' })).toMatch(/^\{"error":".*a/);
    expect(await call('s__add', [])).toBe('{"error":"The arguments are not an object."}');
    expect(await call('s__flood')).toBe(cut);
    expect(await call('s__add', { a: 2, b: 3 })).toBe('5');
  });

  test('a slow tool is cancelled at the server when its time is up, and when the run is aborted', async () => {
    const { call, notes } = await openOver(transport, { toolTimeoutsMs: { wait: 300 } });
    expect(await call('s__wait')).toBe('{"error":"The tool took longer than 300 ms."}');
    await expect.poll(notes, soon).toBe('wait started\nwait cancelled\n');
    const patient = await openOver(transport);
    const run = new AbortController();
    const reason = new Error('cancelled');
    const waiting = patient.call('s__wait', {}, run.signal);
    await expect.poll(patient.notes, soon).toBe('wait started\n');
    run.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect.poll(patient.notes, soon).toBe('wait started\nwait cancelled\n');
  });

  test('a server that dies under a call is an error that says so, and the call is not made twice', async () => {
    const { call, notes, lines } = await openOver(transport);
    expect(await call('s__die')).toBe(cut);
    expect(await notes()).toBe('die\n');
    await expect.poll(lines, soon).toContain('tool-server.disconnected');
  });

  test('a tool that is added later is there once the server has told of it', async () => {
    const { call, equip } = await openOver(transport);
    expect(await call('s__late')).toBeUndefined();
    await call('s__grow');
    await expect.poll(async () => Object.keys((await equip()).tools), soon).toContain('s__late');
    expect(await call('s__late')).toBe('here I am');
  });

  test('only the tools of the list are given, and hints count only where the agent file says so', async () => {
    const { equip, lines } = await openOver(transport, {
      tools: ['add', 'fail', 'gone'],
      idempotent: 'annotated',
    });
    const { tools } = await equip();
    expect(Object.keys(tools)).toEqual(['own', 's__add', 's__fail']);
    expect(tools['s__add']?.idempotent).toBe(true);
    expect(tools['s__fail']?.idempotent).toBe(false);
    expect(lines()).toContain('tool-server.tools-missing');
    const named = await openOver(transport, { idempotent: ['fail'], timeoutMs: 5 });
    const { s__add, s__fail } = (await named.equip()).tools;
    expect([s__add?.idempotent, s__fail?.idempotent, s__fail?.timeoutMs]).toEqual([false, true, 5]);
  });
});

test('agents that name one address share a connection, and one that no agent names any more is closed', async () => {
  const { servers, agent, call, lines } = await openOver('stdio');
  const again = defineAgent({
    id: 'b',
    model: 'offline:echo',
    mcp: { other: { ...agent.mcp?.['s'], tools: ['add'] } as ToolServer },
  });
  servers.serve([agent, again]);
  expect(Object.keys((await servers.equip(again, never)).tools)).toEqual(['other__add']);
  await call('s__add', { a: 1, b: 1 });
  expect(lines().match(/tool-server\.connected/g)).toHaveLength(1);
  servers.serve([again]);
  expect(lines()).not.toContain('tool-server.disconnected');
  servers.serve([]);
  await expect.poll(lines, soon).toContain('tool-server.disconnected');
});

test('a run that is older than the reload still calls its tools', async () => {
  const { servers, agent, lines } = await openOver('stdio');
  const old = await servers.equip(agent, never);
  servers.serve([]);
  await expect.poll(lines, soon).toContain('tool-server.disconnected');
  const context = { signal: never, runId: 'r', callId: 'c' };
  const tool = old.tools['s__add'];
  expect(tool && (await executeTool(tool, '{"a":1,"b":1}', context))).toBe('2');
  await expect.poll(() => lines().match(/tool-server\.disconnected/g), soon).toHaveLength(2);
});

test('an agent without servers comes back as it is', async () => {
  const { servers } = await openOver('stdio');
  const plain = defineAgent({ id: 'plain', model: 'offline:echo' });
  expect(await servers.equip(plain, never)).toBe(plain);
});
