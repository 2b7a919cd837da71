import { createKeyStore } from '@calute/core/api-keys/key-store';
import { type CommandResult, failure, type OperatorOptions, success } from '../operator/command-result.ts';
import { withRedis } from '../operator/with-redis.ts';
import { parseArguments } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';

/** Runs the command that these arguments ask for, on the Redis of the environment or of the folder. */
export async function runKeys(
  args: readonly string[],
  options: OperatorOptions = {},
): Promise<CommandResult> {
  const parsed = parseArguments(args);
  if (parsed.outcome === 'help') return success(parsed.text);
  if (parsed.outcome === 'invalid') return failure(...parsed.messages);
  return withRedis('keys', { stateDir: options.stateDir }, (parts) =>
    runCommand(parsed.command, createKeyStore({ ...parts, now: Date.now }), options),
  );
}
