import { asksForHelp } from './asks-for-help.ts';
import { type RunningRole, runRole } from './run-role.ts';
import { describeStray, findStrayVariables } from './stray-variables.ts';

/** The argument of a role whose environment its parent has looked through and told of already. */
export const checkedArgument = '--environment-checked';

export interface RoleCommand {
  /** What `--help` prints. */
  readonly help: string;
  readonly start: () => Promise<RunningRole>;
}

/**
 * Runs a role as its command line asks: `--help` explains it and ends with 0, an argument that it does not take ends with 1.
 * Warns of variables that look like ours and that nothing reads, unless the parent has done so.
 */
export async function runRoleCommand({ help, start }: RoleCommand, args: readonly string[]): Promise<void> {
  if (asksForHelp(args)) {
    process.stdout.write(`${help}\n`);
    return;
  }
  const unknown = args.find((arg) => arg !== checkedArgument);
  if (unknown !== undefined) {
    process.stderr.write(`${refuseArgument(unknown)}\n`);
    process.exitCode = 1;
    return;
  }
  if (!args.includes(checkedArgument)) {
    for (const warning of listWarnings(process.env)) process.stderr.write(`${warning}\n`);
  }
  await runRole(start);
}

/** For a command without arguments. */
export function refuseArgument(argument: string): string {
  return `calute: unknown argument "${argument}"; settings are environment variables, --help names them.`;
}

/** A line for each variable that nothing reads and that need not be a slip. */
export function listWarnings(environment: Readonly<Record<string, string | undefined>>): string[] {
  const strays = findStrayVariables(environment).filter(({ kind }) => kind === 'warning');
  return strays.map((stray) => `calute: warning: ${describeStray(stray)}.`);
}
