import { readEnd } from '@calute/core/completions/read-events';
import { toResponseId } from '@calute/core/completions/responses/response-ids';
import type { RunId } from '@calute/core/ids';
import type { RunQueue } from '@calute/core/queue/run-queue';
import type { Backlog } from '@calute/core/run-store/backlog/backlog';
import type { RunCatalogue, RunDescription } from '@calute/core/run-store/catalogue/run-catalogue';
import type { RunLog, RunReader } from '@calute/core/run-store/run-log';
import type { RunEnd } from '@calute/core/runs/run-end';
import { type CommandResult, failure, formatTime, success } from '../operator/command-result.ts';
import { formatTable } from '../operator/format-table.ts';
import type { RunsCommand } from './parse-arguments.ts';

export interface RunsParts {
  readonly catalogue: Pick<RunCatalogue, 'find' | 'list'>;
  readonly log: Pick<RunLog, 'end'> & Pick<RunReader, 'read'>;
  readonly backlog: Pick<Backlog, 'find'>;
  readonly queue: Pick<RunQueue, 'remove'>;
}

/** Runs one command of `npm run runs`. Throws CaluteError `store_unavailable`. */
export function runCommand(command: RunsCommand, parts: RunsParts): Promise<CommandResult> {
  switch (command.command) {
    case 'list':
      return list(command, parts);
    case 'show':
      return show(command.runId, parts);
    case 'cancel':
      return cancel(command.runId, parts);
  }
}

async function list(
  { filter, limit, after }: RunsCommand & { command: 'list' },
  { catalogue, log }: RunsParts,
): Promise<CommandResult> {
  const found = await catalogue.list({ filter, limit, order: 'desc', ...(after && { after }) });
  if (found === undefined) return failure(`No run ${after} is listed; leave out --after.`);
  if (found.runs.length === 0) return success('', 'There are no such runs.');
  const ends = await Promise.all(found.runs.map((run) => readEnd(log, run)));
  const rows = found.runs.map((run, index) => toRow(run, ends[index]));
  const table = formatTable([['RUN', 'CREATED', 'TENANT', 'AGENT', 'STATE', 'TOKENS', 'KEPT'], ...rows]);
  const last = found.runs.at(-1)?.runId;
  return found.hasMore ? success(table, `There are more: --after ${last}`) : success(table);
}

function toRow(run: RunDescription, end: RunEnd | undefined): string[] {
  const { usage } = end ?? {};
  const tokens = usage === undefined ? '-' : `${usage.promptTokens + usage.completionTokens}`;
  const kept = run.isKept ? 'yes' : '-';
  return [run.runId, formatTime(run.createdMs), run.tenant, run.agent, stateOf(run, end), tokens, kept];
}

function stateOf({ state }: RunDescription, end: RunEnd | undefined): string {
  if (state !== 'ended') return state;
  if (end === undefined) return 'ended';
  if (end.reason === 'failed') return `failed: ${end.code}`;
  return end.reason === 'cancelled' ? `cancelled: ${end.by}` : end.reason;
}

async function show(runId: RunId, { catalogue, log, backlog }: RunsParts): Promise<CommandResult> {
  const [run] = await catalogue.find([runId]);
  if (run === undefined) return failure(`No run ${runId} is known; it may have expired.`);
  const [place] = await backlog.find([runId]);
  const { tenant, agent, state, createdMs, deadlineMs, isKept, metadata, request } = run;
  const shown = {
    id: runId,
    ...(request.response === undefined ? {} : { response: toResponseId(runId) }),
    tenant,
    agent,
    state,
    created: formatTime(createdMs),
    deadline: formatTime(deadlineMs),
    stream: request.chat.stream === true,
    kept: isKept,
    metadata,
    ...(place === undefined ? {} : { queue: place }),
    end: (await readEnd(log, run)) ?? null,
  };
  return success(JSON.stringify(shown, undefined, 2));
}

async function cancel(runId: RunId, { log, queue }: RunsParts): Promise<CommandResult> {
  switch (await log.end(runId, { reason: 'cancelled', by: 'client' })) {
    case 'unknown':
    case 'spared':
      return failure(`No run ${runId} is known; it may have expired.`);
    case 'already-ended':
      return success('', `${runId} had ended already; nothing to do.`);
    case 'ended':
      await queue.remove(runId);
      return success(runId, `Cancelled ${runId}.`);
  }
}
