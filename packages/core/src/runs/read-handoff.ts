import type { OwnCall } from './run-event.ts';

const prefix = 'transfer_to_';

/** The agent that a call passes the conversation to; undefined for the call of a tool. */
export function readHandoff({ name }: OwnCall): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}
