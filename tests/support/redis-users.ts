import { readFile } from 'node:fs/promises';
import type { Redis } from 'ioredis';

/** The rules of each user in deploy/redis/users.acl. */
export async function readUsers(): Promise<Map<string, readonly string[]>> {
  const text = await readFile(new URL('../../deploy/redis/users.acl', import.meta.url), 'utf8');
  const users = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return new Map(users.map(([, name = '', ...rules]) => [name, rules]));
}

/** Gives a Redis these users, each with a password, and shuts out everybody else. */
export async function installUsers(admin: Redis, password: string): Promise<void> {
  for (const [name, rules] of await readUsers()) {
    const secret = name === 'default' ? [] : [`>${password}`];
    await admin.call('ACL', 'SETUSER', name, ...rules, ...secret);
  }
}
