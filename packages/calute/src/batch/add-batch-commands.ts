import type { Command } from 'commander';
import {
  type CommandContext,
  gather,
  type RemoteOptions,
  talksToServer,
  toRemote,
} from '../cli/command-context.ts';
import type { SubmitOptions } from './batch-commands.ts';

interface WaitFlags extends RemoteOptions {
  readonly wait?: boolean;
}

interface ListFlags extends RemoteOptions {
  readonly limit?: string;
  readonly after?: string;
}

interface ResultFlags extends RemoteOptions {
  readonly errors?: boolean;
  readonly output?: string;
}

const load = () => import('./batch-commands.ts');

export function addBatchCommands(program: Command, context: CommandContext): void {
  const batch = program.command('batch').description('make batches of requests and fetch their answers');
  addMaking(batch, context);
  talksToServer(batch.command('list'))
    .description('list batches, with how far they are')
    .option('--limit <number>', 'how many at most')
    .option('--after <id>', 'those behind this one')
    .action(async (options: ListFlags) => {
      const { listBatches } = await load();
      context.end(await listBatches(options, toRemote(options, context)));
    });
  talksToServer(batch.command('status <id>'))
    .alias('show')
    .description('show one batch')
    .option('--wait', 'wait for its end, and fail unless every line has an answer')
    .action(async (id: string, options: WaitFlags) => {
      const { showBatch } = await load();
      context.end(await showBatch(id, options, toRemote(options, context)));
    });
  talksToServer(batch.command('results <id>'))
    .description('write its answers so far to standard output, as JSON lines')
    .option('--errors', 'the lines that failed instead')
    .option('-o, --output <file>', 'to a file')
    .action(async (id: string, options: ResultFlags) => {
      const { fetchResults } = await load();
      context.end(await fetchResults(id, options, toRemote(options, context)));
    });
  talksToServer(batch.command('cancel <id>'))
    .description('end a batch; answers so far stay')
    .action(async (id: string, options: RemoteOptions) => {
      const { cancelBatch } = await load();
      context.end(await cancelBatch(id, toRemote(options, context)));
    });
}

function addMaking(batch: Command, context: CommandContext): void {
  talksToServer(batch.command('submit <file>'))
    .description('upload a file of JSON lines and make a batch of it; prints its id')
    .option('--model <id>', 'of lines that name none')
    .option('--prompts', 'each line is a prompt: a JSON string, or {"prompt":…,"custom_id":…}; needs --model')
    .option('--endpoint <path>', 'what its lines are sent to', '/v1/chat/completions')
    .option('--window <time>', 'how long it may take: 90m, 24h, 7d', '24h')
    .option('--metadata <name=value>', 'may be given again', gather, [])
    .option('--wait', 'wait for its end, and fail unless every line has an answer')
    .action(async (file: string, options: SubmitOptions & RemoteOptions) => {
      const { submitBatch } = await load();
      context.end(await submitBatch(file, options, toRemote(options, context)));
    });
  talksToServer(batch.command('retry-failed <id>'))
    .description('make a batch of the lines of another one that have failed; prints its id')
    .option('--wait', 'wait for its end, and fail unless every line has an answer')
    .action(async (id: string, options: WaitFlags) => {
      const { retryFailed } = await load();
      context.end(await retryFailed(id, options, toRemote(options, context)));
    });
}
