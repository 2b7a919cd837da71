import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { openServer } from './testing/open-tool-servers.ts';

interface Refusal {
  readonly status: number;
  readonly body: string;
}

/** A server that keeps one session, refuses any other in its own way, and can forget the one that it has. */
async function startSessions(refusal: Refusal) {
  const calls: string[] = [];
  let session = 0;
  const results: Readonly<Record<string, object>> = {
    initialize: {
      protocolVersion: '2025-06-18',
      capabilities: { tools: { listChanged: null }, resources: null, experimental: null },
      serverInfo: { name: 's', version: '1', title: null, icons: null },
      instructions: null,
    },
    'tools/list': { tools: [{ name: 'look', inputSchema: { type: 'object' } }], nextCursor: null },
    'tools/call': { content: [{ type: 'text', text: 'found' }], isError: null, structuredContent: null },
  };
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const { id, method } = JSON.parse(await text(request));
    if (method === 'initialize') session += 1;
    else if (request.headers['mcp-session-id'] !== `s${session}`)
      return void response
        .writeHead(refusal.status, { 'content-type': 'application/json' })
        .end(refusal.body);
    if (method === 'tools/call') calls.push(`s${session}`);
    if (id === undefined) return void response.writeHead(202).end();
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': `s${session}` });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: results[method] ?? {} }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo; // because it listens on a port
  const forget = () => {
    session += 1;
  };
  return { url: `http://127.0.0.1:${port}/mcp`, calls, forget };
}

const error = (message: string) =>
  JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_000, message } });

test.each<[string, Refusal]>([
  ['404, as the protocol has it', { status: 404, body: '' }],
  ['404 with an error', { status: 404, body: error('Session not found') }],
  ['400 with words', { status: 400, body: error('Bad Request: No valid session ID provided') }],
  ['400 in plain text', { status: 400, body: 'Invalid session ID' }],
])(
  'a server that has forgotten the session and answers %s gets a new one, and the call once',
  async (_, refusal) => {
    const server = await startSessions(refusal);
    const { call } = await openServer({ url: server.url });
    expect(await call('s__look')).toBe('found');
    server.forget();
    expect(await call('s__look')).toBe('found');
    expect(server.calls).toEqual(['s1', 's3']);
  },
);

test('a server that writes null for all that it leaves out is connected', async () => {
  const server = await startSessions({ status: 404, body: '' });
  const { call } = await openServer({ url: server.url });
  expect(await call('s__look')).toBe('found');
});
