import {
  readEnvironment,
  runRetentionSeconds,
  runTimeoutSeconds,
} from '@calute/core/process/read-environment';
import { createBullMqDeadLetters } from '@calute/core/queue/bullmq-dead-letters';
import { connectRunStore } from '@calute/core/queue/open-run-store';
import { z } from 'zod';
import { type CommandResult, failure, report, success } from '../operator/command-result.ts';
import { type OperatorRedis, withRedis } from '../operator/with-redis.ts';
import { type DeadLettersCommand, parseArguments } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';

const environmentSchema = z.object({
  RUN_TIMEOUT_S: runTimeoutSeconds,
  RUN_RETENTION_S: runRetentionSeconds,
});

report(await main());

async function main(): Promise<CommandResult> {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed.outcome === 'help') return success(parsed.text);
  if (parsed.outcome === 'invalid') return failure(...parsed.messages);
  return withRedis('dead-letters', (parts) => withQueue(parsed.command, parts));
}

async function withQueue(
  command: DeadLettersCommand,
  { redis, keys }: OperatorRedis,
): Promise<CommandResult> {
  const { RUN_TIMEOUT_S, RUN_RETENTION_S } = readEnvironment(environmentSchema, process.env);
  // What cannot be queued now is queued by the next process that sweeps.
  const onError = (error: unknown) => void process.stderr.write(`dead-letters: ${String(error)}\n`);
  const store = connectRunStore(redis, { CALUTE_PREFIX: keys.prefix, RUN_RETENTION_S }, { onError });
  const { log, dispatcher } = store;
  const deadLetters = createBullMqDeadLetters(redis, keys.queuePrefix);
  try {
    return await runCommand(command, { deadLetters, log, dispatcher, deadlineMs: RUN_TIMEOUT_S * 1000 });
  } finally {
    await store.closeQueue();
    await deadLetters.close();
  }
}
