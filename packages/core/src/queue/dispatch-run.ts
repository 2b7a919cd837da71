import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { ScriptAccept } from '../log/script-accept.ts';
import { defineScript } from '../redis/load-script.ts';
import { lockMs } from './job-locks.ts';
import type { QueueKeys } from './queue-keys.ts';
import type { RunQueue } from './run-queue.ts';

export interface DispatchRunParts {
  readonly redis: Redis;
  /** The name of one of BullMQ's keys. */
  toKey(name: string): string;
  readonly keys: QueueKeys;
  readonly accept: ScriptAccept;
}

/** The worker gets the run claimed and locked, in one message over its control channel. */
export function createDispatchRun({ redis, toKey, keys, accept }: DispatchRunParts): RunQueue['dispatch'] {
  const lua = ['jobs', 'dispatch'].map((name) =>
    readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8'),
  );
  const script = defineScript(redis, {
    name: 'dispatch',
    lua: [accept.lua, ...lua].join('\n'),
    numberOfKeys: 11,
  });
  const queueKeys = [...['wait', 'active', 'marker', 'meta'].map(toKey), keys.ready];
  const queueArgs = [toKey(''), keys.presences, lockMs];
  return (run) =>
    accept.call(run, (args) => script([...accept.keys(run), ...queueKeys], [...args, ...queueArgs]));
}
