import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { createToolServer } from './tool-server-tools.ts';

const sessions = new Map<string, StreamableHTTPServerTransport>();
const key = process.env['TOOL_SERVER_KEY'];

/** Gives events their ids, and has none to replay: what matters here is how a client takes them. */
const eventStore = {
  storeEvent: async () => randomUUID(),
  replayEventsAfter: async () => randomUUID(),
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const id = request.headers['mcp-session-id'];
  const known = typeof id === 'string' ? sessions.get(id) : undefined;
  if (key !== undefined && request.headers.authorization !== `Bearer ${key}`)
    response.writeHead(401).end('no such key');
  else if (id !== undefined && known === undefined) response.writeHead(404).end();
  else await (known ?? (await openSession())).handleRequest(request, response);
}

async function openSession(): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    ...(process.env['TOOL_SERVER_RESUMABLE'] === undefined ? {} : { eventStore }),
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  await createToolServer().connect(transport as Transport); // because the SDK is not written for exactOptionalPropertyTypes
  return transport;
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.listen(Number(process.env['TOOL_SERVER_PORT']), '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit(0));
