import { parseArgs } from 'node:util';

/** How many workers a command line asks for: one, in this process, or as many as the load wants within bounds. */
export type WorkerArguments =
  | { readonly outcome: 'one'; readonly args: readonly string[] }
  | { readonly outcome: 'scaled'; readonly min: string | undefined; readonly max: string | undefined }
  | { readonly outcome: 'invalid'; readonly message: string };

const usage = 'usage: npm run worker [-- --min 0 --max 8]';

export function parseWorkerArguments(args: readonly string[]): WorkerArguments {
  if (!args.some((arg) => /^--(min|max)(=|$)/.test(arg))) return { outcome: 'one', args };
  try {
    const options = { min: { type: 'string' }, max: { type: 'string' } } as const;
    const { values } = parseArgs({ args: [...args], options });
    return { outcome: 'scaled', min: values.min, max: values.max };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { outcome: 'invalid', message: `calute: ${reason}\n${usage}` };
  }
}
