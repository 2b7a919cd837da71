/** Whether a command line asks what the command is for, wherever it says so: nothing else is done then. */
export function asksForHelp(args: readonly string[]): boolean {
  return args[0] === 'help' || args.some((arg) => arg === '--help' || arg === '-h');
}
