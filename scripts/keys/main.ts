import { createKeyStore } from '@calute/core/api-keys/key-store';
import { type CommandResult, failure, report, success } from '../operator/command-result.ts';
import { withRedis } from '../operator/with-redis.ts';
import { parseArguments } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';

report(await main());

async function main(): Promise<CommandResult> {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed.outcome === 'help') return success(parsed.text);
  if (parsed.outcome === 'invalid') return failure(...parsed.messages);
  return withRedis('keys', (parts) =>
    runCommand(parsed.command, createKeyStore({ ...parts, now: Date.now })),
  );
}
