import type { Agent, FindAgent } from '@calute/core/agent/agent';
import type { AgentNote } from '@calute/core/loop/agent-note';
import { runChoices } from '@calute/core/loop/run-choices';
import { runDirect } from '@calute/core/loop/run-direct';
import type { ToolServers } from '@calute/core/mcp/create-tool-servers';
import type { ResolveModel } from '@calute/core/models/model-provider';
import { observeModels } from '@calute/core/models/observe-models';
import type { RunEvent } from '@calute/core/runs/run-event';
import { runTeam } from '@calute/core/teams/run-team';
import type { WorkerMetrics } from '../admin/worker-metrics.ts';
import type { WarnOfIgnored } from '../agents/warn-of-ignored.ts';
import type { AttemptTrace } from '../tracing/trace-attempt.ts';
import type { AgentInput } from './attempt-run.ts';
import { reportFailures } from './report-failures.ts';

export interface RunLoggedParts {
  readonly resolveModel: ResolveModel;
  readonly toolServers: Pick<ToolServers, 'equip'>;
  readonly warnOfIgnored: WarnOfIgnored;
  readonly metrics: Pick<WorkerMetrics, 'observeModel'>;
}

const troubles: ReadonlySet<AgentNote['type']> = new Set(['fell-back', 'tool-failed']);

/** Runs an agent or a team; what an operator may want to know of it, failures of providers and tools before all, goes to the run's log. */
export function runLogged(
  { resolveModel, toolServers: { equip }, warnOfIgnored, metrics }: RunLoggedParts,
  { chat, direct, runId, tenant, logger, trace, ...input }: AgentInput,
): AsyncIterable<readonly RunEvent[]> {
  warnOfIgnored(input.agent, chat);
  const context = { runId, tenant, metadata: chat.metadata ?? {}, user: chat.user, now: new Date() };
  const note = ({ type, ...facts }: AgentNote) =>
    logger[troubles.has(type) ? 'warn' : 'info'](facts, `run.${type}`);
  const reportFailure = reportFailures((failure) => logger.warn(failure, 'provider.failed'));
  const observing = [
    reportFailure,
    metrics.observeModel,
    ...(trace === undefined ? [] : [trace.observeModel]),
  ];
  const observed = observeModels(resolveModel, observing);
  const plain = { ...input, request: chat, resolveModel: observed, equip, context, note };
  const run = trace === undefined ? plain : withTracedTools(plain, trace);
  if (direct !== undefined) return runDirect({ ...run, direct });
  return run.agent.team === undefined ? runChoices(run) : runTeam(run);
}

type TracedRun = Pick<Parameters<typeof runTeam>[0], 'agent' | 'findAgent' | 'findMember' | 'equip'>;

/** The same run, with spans of its tool calls. */
function withTracedTools<Run extends TracedRun>(run: Run, trace: AttemptTrace): Run {
  const { agent, findAgent, findMember, equip } = run;
  return {
    ...run,
    agent: trace.traceTools(agent),
    ...(findAgent && { findAgent: tracedFind(findAgent, trace) }),
    findMember: tracedFind(findMember, trace),
    ...(equip && {
      equip: async (one: Agent, signal: AbortSignal) => trace.traceTools(await equip(one, signal)),
    }),
  };
}

function tracedFind(find: FindAgent, trace: AttemptTrace): FindAgent {
  return (id) => {
    const found = find(id);
    return found && trace.traceTools(found);
  };
}
