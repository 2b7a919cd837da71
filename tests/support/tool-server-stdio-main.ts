import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createToolServer } from './tool-server-tools.ts';

process.stderr.write(`started with ${process.env['TOOL_SERVER_KEY'] ?? 'no key'}\n`);
await createToolServer().connect(new StdioServerTransport());

if (process.env['TOOL_SERVER_STUBBORN'] !== undefined) {
  setInterval(() => undefined, 1000);
  process.on('SIGTERM', () => undefined);
}
