import { join } from 'node:path';
import { createKeyStore } from '@calute/core/api-keys/key-store';
import { CaluteError } from '@calute/core/errors';
import { createLogger } from '@calute/core/logger';
import { closeRedis, connectRedis, whenReady } from '@calute/core/redis/connect';
import { createErrorReport } from '@calute/core/redis/error-report';
import { createKeys } from '@calute/core/redis/keys';
import { checkRedis } from '../redis/check-redis.ts';
import { locateRedis } from './locate-redis.ts';
import { type KeysCommand, parseArguments } from './parse-arguments.ts';
import { type CommandResult, runCommand } from './run-command.ts';

const boundMs = 5000;

const { output, messages, exitCode } = await main();
if (output !== '') process.stdout.write(`${output}\n`);
for (const message of messages) process.stderr.write(`${message}\n`);
process.exitCode = exitCode;

async function main(): Promise<CommandResult> {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed.outcome === 'invalid') return failure(...parsed.messages);
  const located = await locateRedis(process.env, join(import.meta.dirname, '..', '..', '.calute'));
  if (located.outcome === 'none') return failure(located.message);
  const check = await checkRedis(located.url);
  if (check.outcome === 'unusable') return failure(located.advice ?? check.message);
  return withStore(located.url, parsed.command);
}

async function withStore(url: string, command: KeysCommand): Promise<CommandResult> {
  const logger = createLogger({ role: 'keys', level: 'warn' });
  const redis = connectRedis(url, 'command', createErrorReport(logger));
  try {
    await whenReady(redis, AbortSignal.timeout(boundMs));
    return await runCommand(command, createKeyStore({ redis, keys: createKeys(), now: Date.now, logger }));
  } catch (error) {
    if (CaluteError.is(error)) return failure(error.message);
    throw error;
  } finally {
    await closeRedis(redis, boundMs);
  }
}

function failure(...messages: string[]): CommandResult {
  return { output: '', messages, exitCode: 1 };
}
