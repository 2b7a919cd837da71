import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { recordTerminal } from '../cli/testing/record-terminal.ts';
import { converse } from './converse.ts';

const bodySchema = z.looseObject({ messages: z.array(z.record(z.string(), z.unknown())) });

test('turns are told with their answers as they came, and what is typed ahead is kept', async () => {
  const server = await serveTurns([
    { delta: { content: 'One', reasoning_details: [{ type: 'x' }] } },
    { delta: { content: 'Two' } },
    { delta: { content: 'Three' } },
  ]);
  const { terminal } = await talk(server.url, 'first\nsecond\n/new\nthird\n/exit\n');
  const [first, second, third] = server.asked;
  const system = { role: 'system', content: 'Be short.' };
  expect(first).toEqual([system, { role: 'user', content: 'first' }]);
  expect(second).toEqual([
    system,
    { role: 'user', content: 'first' },
    { role: 'assistant', content: 'One', reasoning_details: [{ type: 'x' }] },
    { role: 'user', content: 'second' },
  ]);
  expect(third).toEqual([system, { role: 'user', content: 'third' }]);
  expect(terminal.written).toContain('One');
  expect(terminal.written).toContain('Three');
});

test('a turn that fails is told and left out of what comes next', async () => {
  const server = await serveTurns([{ error: 'It broke.' }, { delta: { content: 'Fine' } }]);
  const { terminal } = await talk(server.url, 'bad\ngood\n');
  expect(terminal.noted).toContain('It broke. (agent_failed)\n');
  expect(server.asked[1]).toEqual([
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: 'good' },
  ]);
});

async function talk(url: string, typed: string) {
  const terminal = recordTerminal({ isInteractive: true });
  const input = new PassThrough();
  const output = new PassThrough().resume();
  const server = { baseUrl: `${url}/v1`, key: undefined };
  const opening = [{ role: 'system', content: 'Be short.' }];
  const talking = converse({ server, terminal, request: { model: 'a' }, opening, input, output });
  input.end(typed);
  await talking;
  return { terminal };
}

type Turn = { readonly delta: object } | { readonly error: string };

/** A server that answers each request with the next of these turns, and notes what it was asked. */
async function serveTurns(turns: readonly Turn[]) {
  const asked: unknown[] = [];
  const server = createServer(async (request, response) => {
    const body = bodySchema.parse(JSON.parse((await Array.fromAsync(request)).join('')));
    const turn = turns[asked.push(body.messages) - 1];
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-calute-run-id': 'chatcmpl-1' });
    const data = (id: number, value: unknown) =>
      response.write(`id: ${id}\ndata: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
    if (turn === undefined || 'error' in turn) {
      data(1, { error: { message: turn?.error ?? 'No turn is left.', code: 'agent_failed' } });
    } else {
      const choice = { index: 0, ...turn, finish_reason: 'stop' };
      data(1, { id: 'chatcmpl-1', choices: [choice] });
      data(2, '[DONE]');
    }
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // because it listens on a port
  return { url: `http://127.0.0.1:${port}`, asked };
}
