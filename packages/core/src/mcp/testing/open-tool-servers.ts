import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { childEnvironment } from '../../../../../tests/support/child-environment.ts';
import { startToolServer, stdioToolServer } from '../../../../../tests/support/start-tool-server.ts';
import type { Agent } from '../../agent/agent.ts';
import { defineAgent } from '../../agent/define-agent.ts';
import type { ToolServer } from '../../agent/tool-server.ts';
import { createLogger } from '../../logging/logger.ts';
import { executeTool } from '../../loop/tools/execute-tool.ts';
import { createToolServers } from '../create-tool-servers.ts';

export const never: AbortSignal = new AbortController().signal;

let opened = 0;

/** A server of the test's own, and an agent that names it `s`. */
export async function openOver(transport: 'stdio' | 'http', more: Partial<ToolServer> = {}) {
  opened += 1;
  const notes = join(tmpdir(), `calute-notes-${process.pid}-${opened}`);
  const readNotes = () => readFile(notes, 'utf8').catch(() => '');
  if (transport === 'stdio') {
    const env = { ...childEnvironment(), TOOL_SERVER_NOTES: notes, ...('env' in more ? more.env : {}) };
    return { ...(await openServer({ ...stdioToolServer, ...more, env })), notes: readNotes };
  }
  const server = await startToolServer({ notes });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { ...(await openServer({ ...more, url: server.url } as ToolServer)), notes: readNotes };
}

export async function openServer(server: ToolServer, limits = {}) {
  const written: string[] = [];
  const logger = createLogger({
    role: 'test',
    level: 'debug',
    destination: { write: (line) => void written.push(line) },
  });
  const servers = createToolServers({ logger, limits });
  onTestFinished(() => servers[Symbol.asyncDispose]());
  const own = {
    description: 'd',
    inputSchema: { type: 'object' },
    idempotent: false,
    timeoutMs: 1,
    execute: async () => '',
  };
  const agent: Agent = {
    ...defineAgent({ id: 'a', model: 'offline:echo', mcp: { s: server } }),
    tools: { own },
  };
  const equip = () => servers.equip(agent, never);
  const callTool = async (equipped: Agent, name: string, args: unknown = {}, signal = never) => {
    const tool = equipped.tools[name];
    const context = { signal, runId: 'r', callId: 'c' };
    // because a test that calls a tool that is not there looks at just that
    return (tool && (await executeTool(tool, JSON.stringify(args), context))) as string;
  };
  const call = async (name: string, args: unknown = {}, signal = never) =>
    callTool(await equip(), name, args, signal);
  return { servers, agent, equip, call, callTool, lines: () => written.join('') };
}
