import { appendFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

/** An MCP server with a tool for each thing that can happen; `note` hears what a tool does while nobody can ask it. */
export function createToolServer(note: (line: string) => void = noteInFile): McpServer {
  const server = new McpServer({ name: 'test-tools', version: '1.0.0' });
  addTools(server, note);
  addAwkwardTools(server);
  return server;
}

function addTools(server: McpServer, note: (line: string) => void): void {
  const numbers = { a: z.number(), b: z.number() };
  server.registerTool(
    'add',
    { description: 'Adds two numbers', inputSchema: numbers, annotations: { readOnlyHint: true } },
    ({ a, b }) => {
      note(`add ${a} ${b}`);
      return text(String(a + b));
    },
  );
  server.registerTool('fail', { description: 'Fails' }, () => ({ ...text('out of paper'), isError: true }));
  server.registerTool('variable', { inputSchema: { name: z.string() } }, ({ name }) =>
    text(process.env[name] ?? 'not set'),
  );
  server.registerTool('wait', { description: 'Waits until it is cancelled' }, async ({ signal }) => {
    note('wait started');
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    note('wait cancelled');
    return text('');
  });
  server.registerTool('pid', { description: 'Its process' }, () => text(String(process.pid)));
  server.registerTool('die', { description: 'Ends the server' }, () => {
    note('die');
    process.kill(process.pid, 'SIGKILL');
    return text('');
  });
  server.registerTool('grow', { description: 'Adds the tool late' }, () => {
    server.registerTool('late', { description: 'Came later' }, () => text('here I am'));
    return text('grown');
  });
}

/** What a client must not stumble over. */
function addAwkwardTools(server: McpServer): void {
  server.registerTool('dotted.name', {}, () => text('dotted'));
  server.registerTool(`long_${'x'.repeat(80)}`, {}, () => text('long'));
  server.registerTool('picture', {}, () => ({
    content: [
      { type: 'text' as const, text: 'A cat.' },
      { type: 'image' as const, mimeType: 'image/png', data: 'AAAA' },
      { type: 'resource_link' as const, name: 'cat', uri: 'file:///cat.txt' },
    ],
  }));
  const outputSchema = { degrees: z.number() };
  server.registerTool('measure', { outputSchema }, () => ({
    content: [],
    structuredContent: { degrees: 21 },
  }));
  server.registerTool('flood', {}, () => text('x'.repeat(5_000_000)));
}

function noteInFile(line: string): void {
  const file = process.env['TOOL_SERVER_NOTES'];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}
