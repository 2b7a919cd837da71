import { connectRunStore } from '@calute/core/partitions/open-run-store';
import { routeCatalogue } from '@calute/core/partitions/route-catalogue';
import { readEnvironment, runRetentionSeconds } from '@calute/core/process/read-environment';
import { z } from 'zod';
import { type CommandResult, failure, report, success } from '../operator/command-result.ts';
import { type OperatorRedis, withRedis } from '../operator/with-redis.ts';
import { parseArguments, type RunsCommand } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';

report(await main());

async function main(): Promise<CommandResult> {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed.outcome === 'help') return success(parsed.text);
  if (parsed.outcome === 'invalid') return failure(...parsed.messages);
  return withRedis('runs', {}, (parts) => withStore(parsed.command, parts));
}

async function withStore(
  command: RunsCommand,
  { redis, installation }: OperatorRedis,
): Promise<CommandResult> {
  const { RUN_RETENTION_S } = readEnvironment(
    z.object({ RUN_RETENTION_S: runRetentionSeconds }),
    process.env,
  );
  const onError = (error: unknown) => void process.stderr.write(`runs: ${String(error)}\n`);
  const store = connectRunStore(redis, { ...installation, RUN_RETENTION_S }, { onError });
  try {
    return await runCommand(command, { ...store, catalogue: routeCatalogue(store) });
  } finally {
    await store.closeQueue();
  }
}
