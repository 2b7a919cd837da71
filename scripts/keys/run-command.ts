import type { ApiKey } from '@calute/core/api-keys/api-key';
import type { KeyStore, NewApiKey } from '@calute/core/api-keys/key-store';
import { formatTable } from './format-table.ts';
import type { KeysCommand } from './parse-arguments.ts';

export interface CommandResult {
  /** For standard output: what a script would want to read. */
  readonly output: string;
  /** For standard error, a line each. */
  readonly messages: readonly string[];
  readonly exitCode: 0 | 1;
}

/** Runs one command of `npm run keys`. Throws CaluteError `store_unavailable`. */
export function runCommand(command: KeysCommand, store: KeyStore): Promise<CommandResult> {
  switch (command.command) {
    case 'create':
      return create(command.key, store);
    case 'list':
      return list(store);
    case 'revoke':
      return revoke(command.id, store);
  }
}

async function create(fields: NewApiKey, store: KeyStore): Promise<CommandResult> {
  const isFirst = await store.isEmpty();
  const { key, secret } = await store.create(fields);
  const created = `Created ${key.id} (${key.name}; ${key.scopes.join(', ')}); this is the only time its secret is shown.`;
  const messages = isFirst ? [created, 'From now on every request needs a key.'] : [created];
  return { output: secret, messages, exitCode: 0 };
}

async function list(store: KeyStore): Promise<CommandResult> {
  const keys = await store.list();
  if (keys.length === 0) return { output: '', messages: ['There are no API keys.'], exitCode: 0 };
  const header = ['ID', 'NAME', 'SCOPES', 'RPM', 'TPM', 'CONCURRENCY', 'CREATED', 'REVOKED'];
  return { output: formatTable([header, ...keys.map(toRow)]), messages: [], exitCode: 0 };
}

async function revoke(id: string, store: KeyStore): Promise<CommandResult> {
  const result = await store.revoke(id);
  switch (result.outcome) {
    case 'unknown':
      return { output: '', messages: [`No key has the id "${id}"; list shows them all.`], exitCode: 1 };
    case 'revoked':
      return success(`Revoked ${id} (${result.key.name}); it stops working within 30 s.`);
    case 'already-revoked':
      return success(
        `${id} (${result.key.name}) was revoked on ${toTime(result.key.revokedAtMs)}; nothing to do.`,
      );
  }
}

function success(output: string): CommandResult {
  return { output, messages: [], exitCode: 0 };
}

function toRow(key: ApiKey): string[] {
  const limits = [key.requestsPerMinute, key.tokensPerMinute, key.concurrency];
  const times = [key.createdAtMs, key.revokedAtMs];
  return [
    key.id,
    key.name,
    key.scopes.join(','),
    ...limits.map((limit) => (limit === undefined ? '-' : `${limit}`)),
    ...times.map(toTime),
  ];
}

function toTime(ms: number | undefined): string {
  return ms === undefined ? '-' : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
