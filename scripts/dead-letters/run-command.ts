import { type AcceptAgainParts, acceptAgain } from '@calute/core/queue/accept-again';
import type { DeadLetter, DeadLetters } from '@calute/core/queue/dead-letters';
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

export interface DeadLetterParts extends AcceptAgainParts {
  readonly deadLetters: DeadLetters;
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

/** The letter goes only once its request has been accepted. */
async function retry({ runId, content }: DeadLetter, parts: DeadLetterParts): Promise<CommandResult> {
  if (!content) return failure(`Nothing was kept of ${runId}: it had expired before it was given up.`);
  const again = await acceptAgain(content, parts);
  await parts.deadLetters.remove(runId);
  return success(again, `Sent again as ${again}; read it at /v1/chat/completions/${again}/stream.`);
}
