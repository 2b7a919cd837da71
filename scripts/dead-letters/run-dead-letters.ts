import { connectRunStore } from '@calute/core/partitions/open-run-store';
import { routeDeadLetters } from '@calute/core/partitions/route-operations';
import {
  readEnvironment,
  runRetentionSeconds,
  runTimeoutSeconds,
} from '@calute/core/process/read-environment';
import { z } from 'zod';
import { type CommandResult, failure, type OperatorOptions, success } from '../operator/command-result.ts';
import { type OperatorRedis, withRedis } from '../operator/with-redis.ts';
import { type DeadLettersCommand, parseArguments } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';

const environmentSchema = z.object({
  RUN_TIMEOUT_S: runTimeoutSeconds,
  RUN_RETENTION_S: runRetentionSeconds,
});

/** Runs the command that these arguments ask for, on the Redis of the environment or of the folder. */
export async function runDeadLetters(
  args: readonly string[],
  options: OperatorOptions = {},
): Promise<CommandResult> {
  const parsed = parseArguments(args);
  if (parsed.outcome === 'help') return success(parsed.text);
  if (parsed.outcome === 'invalid') return failure(...parsed.messages);
  return withRedis('dead-letters', { stateDir: options.stateDir }, (parts) =>
    withQueue(parsed.command, parts, options),
  );
}

async function withQueue(
  command: DeadLettersCommand,
  { redis, installation }: OperatorRedis,
  options: OperatorOptions,
): Promise<CommandResult> {
  const { RUN_TIMEOUT_S, RUN_RETENTION_S } = readEnvironment(environmentSchema, process.env);
  // What cannot be queued now is queued by the next process that sweeps.
  const onError = (error: unknown) => void process.stderr.write(`dead-letters: ${String(error)}\n`);
  const store = connectRunStore(redis, { ...installation, RUN_RETENTION_S }, { onError });
  const { log, dispatcher, partitioning } = store;
  const deadLetters = routeDeadLetters(store);
  try {
    const parts = { deadLetters, log, dispatcher, partitioning, deadlineMs: RUN_TIMEOUT_S * 1000 };
    return await runCommand(command, parts, options);
  } finally {
    await store.closeQueue();
    await deadLetters.close();
  }
}
