import type { ApiKey } from '@calute/core/api-keys/api-key';
import type { KeyStore, NewApiKey } from '@calute/core/api-keys/key-store';
import { type CommandResult, failure, formatTime, success } from '../operator/command-result.ts';
import { formatTable } from '../operator/format-table.ts';
import type { KeysCommand } from './parse-arguments.ts';

/** Runs one command of `npm run keys`. Throws CaluteError `store_unavailable`. */
export function runCommand(command: KeysCommand, store: KeyStore): Promise<CommandResult> {
  switch (command.command) {
    case 'create':
      return create(command.key, store);
    case 'list':
      return list(store);
    case 'revoke':
      return revoke(command.id, store);
    case 'delete':
      return remove(command.id, store);
  }
}

async function create(fields: NewApiKey, store: KeyStore): Promise<CommandResult> {
  const isFirst = await store.isEmpty();
  const { key, secret } = await store.create(fields);
  const created = `Created ${key.id} (${key.name}; ${key.scopes.join(', ')}); this is the only time its secret is shown.`;
  const messages = isFirst ? [created, 'From now on every request needs a key.'] : [created];
  return success(secret, ...messages);
}

async function list(store: KeyStore): Promise<CommandResult> {
  const keys = await store.list();
  if (keys.length === 0) return success('', 'There are no API keys.');
  const header = [
    'ID',
    'NAME',
    'SCOPES',
    'RPM',
    'TPM',
    'CONCURRENCY',
    'WEIGHT',
    'GROUP',
    'CREATED',
    'REVOKED',
  ];
  return success(formatTable([header, ...keys.map(toRow)]));
}

async function revoke(id: string, store: KeyStore): Promise<CommandResult> {
  const result = await store.revoke(id);
  switch (result.outcome) {
    case 'unknown':
      return failure(`No key has the id "${id}"; list shows them all.`);
    case 'revoked':
      return success(`Revoked ${id} (${result.key.name}); it stops working within 30 s.`);
    case 'already-revoked':
      return success(
        `${id} (${result.key.name}) was revoked on ${formatTime(result.key.revokedAtMs)}; nothing to do.`,
      );
  }
}

async function remove(id: string, store: KeyStore): Promise<CommandResult> {
  const result = await store.delete(id);
  if (result.outcome === 'unknown') return failure(`No key has the id "${id}"; list shows them all.`);
  const deleted = `Deleted ${id}; it stops working within 30 s.`;
  if (!result.last) return success(deleted);
  return success(`${deleted}\nNo key is left: requests of this machine are served without one again.`);
}

function toRow(key: ApiKey): string[] {
  const limits = [key.requestsPerMinute, key.tokensPerMinute, key.concurrency];
  const times = [key.createdAtMs, key.revokedAtMs];
  return [
    key.id,
    key.name,
    key.scopes.join(','),
    ...limits.map((limit) => (limit === undefined ? '-' : `${limit}`)),
    `${key.weight ?? 1}`,
    key.group ?? '-',
    ...times.map(formatTime),
  ];
}
