import { type CommandResult, failure, report, success } from '../operator/command-result.ts';
import { createBatchClient } from './batch-client.ts';
import { parseArguments } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';

report(await main());

async function main(): Promise<CommandResult> {
  const parsed = parseArguments(process.argv.slice(2));
  if (parsed.outcome === 'help') return success(parsed.text);
  if (parsed.outcome === 'invalid') return failure(...parsed.messages);
  const { CALUTE_URL: url = 'http://127.0.0.1:8080', CALUTE_API_KEY: key } = process.env;
  if (!/^https?:\/\//.test(url)) return failure('CALUTE_URL has to begin with http:// or https://.');
  // Some write the URL that SDKs want.
  const client = createBatchClient(url.replace(/\/+(v1\/*)?$/, ''), key === '' ? undefined : key);
  return await runCommand(parsed.command, client, { out: process.stdout, error: process.stderr });
}
