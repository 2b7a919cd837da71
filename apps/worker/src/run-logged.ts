import type { AgentNote } from '@calute/core/loop/agent-note';
import { runChoices } from '@calute/core/loop/run-choices';
import type { ToolServers } from '@calute/core/mcp/create-tool-servers';
import type { ResolveModel } from '@calute/core/models/model-provider';
import type { RunEvent } from '@calute/core/runs/run-event';
import { runTeam } from '@calute/core/teams/run-team';
import type { AgentInput } from './attempt-run.ts';
import { reportFailures } from './report-failures.ts';
import type { WarnOfIgnored } from './warn-of-ignored.ts';

export interface RunLoggedParts {
  readonly resolveModel: ResolveModel;
  readonly toolServers: Pick<ToolServers, 'equip'>;
  readonly warnOfIgnored: WarnOfIgnored;
}

const troubles: ReadonlySet<AgentNote['type']> = new Set(['fell-back', 'tool-failed']);

/** Runs an agent or a team; what an operator may want to know of it, failures of providers and tools before all, goes to the run's log. */
export function runLogged(
  { resolveModel, toolServers: { equip }, warnOfIgnored }: RunLoggedParts,
  { chat, runId, tenant, logger, ...input }: AgentInput,
): AsyncIterable<readonly RunEvent[]> {
  warnOfIgnored(input.agent, chat);
  const context = { runId, tenant, metadata: chat.metadata ?? {}, user: chat.user, now: new Date() };
  const note = ({ type, ...facts }: AgentNote) =>
    logger[troubles.has(type) ? 'warn' : 'info'](facts, `run.${type}`);
  const reporting = reportFailures(resolveModel, (failure) => logger.warn(failure, 'provider.failed'));
  const run = input.agent.team === undefined ? runChoices : runTeam;
  return run({ ...input, request: chat, resolveModel: reporting, equip, context, note });
}
