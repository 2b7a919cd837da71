import { CaluteError } from '@calute/core/errors';
import { createRunId, type RunId } from '@calute/core/ids';
import type { DeadLetter, DeadLetters } from '@calute/core/queue/dead-letters';
import type { Dispatcher } from '@calute/core/queue/dispatcher';
import type { RunLog } from '@calute/core/run-store/run-log';
import {
  type CommandResult,
  failure,
  formatTime,
  jsonLines,
  type OperatorOptions,
  success,
} from '../operator/command-result.ts';
import { formatTable } from '../operator/format-table.ts';
import type { DeadLettersCommand } from './parse-arguments.ts';

export interface DeadLetterParts {
  readonly deadLetters: DeadLetters;
  readonly log: Pick<RunLog, 'accept'>;
  readonly dispatcher: Pick<Dispatcher, 'dispatch'>;
  /** Deadline of a run that is sent again. */
  readonly deadlineMs: number;
}

const listed = 100;

/** Runs one command of `npm run dead-letters`. Throws CaluteError `store_unavailable`. */
export async function runCommand(
  command: DeadLettersCommand,
  parts: DeadLetterParts,
  { json = false }: Pick<OperatorOptions, 'json'> = {},
): Promise<CommandResult> {
  if (command.command === 'list') return list(parts.deadLetters, json);
  const letter = await parts.deadLetters.find(command.runId);
  if (!letter) return failure(`No dead letter has the id ${command.runId}; list shows them all.`);
  switch (command.command) {
    case 'show':
      return success(JSON.stringify(letter, undefined, 2));
    case 'retry':
      return retry(letter, parts);
    case 'remove':
      await parts.deadLetters.remove(letter.runId);
      return success(`Removed ${letter.runId}.`);
  }
}

async function list(deadLetters: DeadLetters, json: boolean): Promise<CommandResult> {
  const letters = await deadLetters.list(listed);
  if (json) return jsonLines(letters);
  if (letters.length === 0) return success('', 'There are no dead letters.');
  const header = ['RUN', 'AGENT', 'TENANT', 'FAILED', 'STARTS', 'REASON'];
  return success(formatTable([header, ...letters.map(toRow)]));
}

function toRow({ runId, content, failedAtMs, executions, reason }: DeadLetter): string[] {
  const agent = content?.request.chat.model ?? '-';
  return [runId, agent, content?.tenant ?? '-', formatTime(failedAtMs), `${executions}`, reason];
}

/** As a new run of the same tenant: the old one has its end, and a run has only one. */
async function retry({ runId, content }: DeadLetter, parts: DeadLetterParts): Promise<CommandResult> {
  if (!content) return failure(`Nothing was kept of ${runId}: it had expired before it was given up.`);
  const again = createRunId(Date.now());
  const { queue } = await acceptAgain(again, content, parts);
  await parts.dispatcher.dispatch(again, { waits: queue !== undefined });
  await parts.deadLetters.remove(runId);
  return success(again, `Sent again as ${again}; read it at /v1/chat/completions/${again}/stream.`);
}

async function acceptAgain(
  id: RunId,
  content: NonNullable<DeadLetter['content']>,
  { log, deadlineMs }: DeadLetterParts,
) {
  const limits = { maxLive: Number.MAX_SAFE_INTEGER };
  // Nobody listens yet, and whoever asked for it may take a while to.
  const request = { ...content.request, onDisconnect: 'continue' as const };
  const { tenant } = content;
  const place = { runClass: 'live' as const, flow: `tenant:${tenant}`, weight: 1, cost: 1 };
  const run = { id, tenant, request, deadlineMs, channel: '', limits, place, provisional: false };
  const accepted = await log.accept(run);
  if (accepted.outcome !== 'accepted')
    throw new CaluteError('internal_error', `The run was not accepted: ${accepted.outcome}.`);
  return accepted;
}
