import { resolve } from 'node:path';
import { createLoadAgents } from '@calute/core/agent/files/load-agents';
import { readEnvironment } from '@calute/core/process/read-environment';
import { StartError } from '@calute/core/process/start-error';
import { workerEnvironmentSchema } from '../../../../apps/worker/src/config.ts';
import { readNamedProviders } from '../../../../apps/worker/src/models/open-models.ts';
import { formatTable } from '../../../../scripts/operator/format-table.ts';
import { CommandFailure, type ExitCode, exitCodes } from '../cli/command-failure.ts';
import type { Terminal } from '../cli/terminal.ts';
import { readList } from '../client/read-list.ts';
import type { RemoteParts } from '../runs/runs-commands.ts';

/** Lists the agents that a server has. */
export async function listAgents({ server, terminal, json }: RemoteParts): Promise<ExitCode> {
  const { items } = await readList(server, '/models', { query: {}, purpose: 'list of models' });
  for (const item of items) {
    if (json) terminal.json(item);
    else terminal.write(`${item.id}\n`);
  }
  if (items.length === 0) terminal.note('No worker has announced an agent.\n');
  return exitCodes.done;
}

/** Loads a folder of agents as a worker would, without Redis, and says what is wrong with it. */
export async function checkAgents(
  folder: string | undefined,
  {
    env,
    terminal,
    json,
  }: { readonly env: NodeJS.ProcessEnv; readonly terminal: Terminal; readonly json: boolean },
): Promise<ExitCode> {
  const agents = await load(folder, env);
  const rows = agents.map(({ id, model, tools, handoffs, mcp = {} }) => {
    return { id, model, tools: Object.keys(tools), handoffs, mcp: Object.keys(mcp) };
  });
  if (json) {
    for (const row of rows) terminal.json(row);
    return exitCodes.done;
  }
  const cells = rows.map((row) => [
    row.id,
    row.model,
    ...[row.tools, row.handoffs, row.mcp].map((names) => names.join(',') || '-'),
  ]);
  terminal.write(`${formatTable([['AGENT', 'MODEL', 'TOOLS', 'HANDOFFS', 'MCP'], ...cells])}\n`);
  return exitCodes.done;
}

async function load(folder: string | undefined, env: NodeJS.ProcessEnv) {
  try {
    // The worker's own settings, of which Redis alone is not needed here.
    const config = readEnvironment(workerEnvironmentSchema, { REDIS_URL: 'redis://127.0.0.1', ...env });
    const named = await readNamedProviders(config);
    return await createLoadAgents(resolve(folder ?? config.CALUTE_AGENTS), Object.keys(named))();
  } catch (error) {
    // What an agent file throws is its fault, and the sentence says which.
    if (!(error instanceof Error)) throw error;
    throw new CommandFailure(
      error.message,
      exitCodes.failed,
      error instanceof StartError ? undefined : error,
    );
  }
}
