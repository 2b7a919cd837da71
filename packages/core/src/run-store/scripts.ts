import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { defineScript, type RunScript } from '../redis/load-script.ts';

/** Every script of the run store by its file, in the order of a run's life. */
const files = {
  accept: 'accept/accept',
  add: 'backlog/add',
  release: 'backlog/release',
  find: 'backlog/find',
  load: 'backlog/load',
  inspect: 'backlog/inspect',
  claim: 'lease/claim',
  renew: 'lease/renew',
  handBack: 'lease/hand-back',
  defer: 'lease/defer',
  expire: 'lease/expire',
  append: 'append/append',
  read: 'read/read',
  leave: 'read/leave',
  heads: 'read/heads',
  hasSubscribers: 'read/has-subscribers',
  end: 'end/end',
} as const;

export type RunStoreScript = keyof typeof files;

/** The Lua of each script, with the preludes that it needs. */
export type RunStoreSources = Readonly<Record<RunStoreScript, string>>;

const looksAtBacklog: ReadonlySet<RunStoreScript> = new Set([
  'accept',
  'add',
  'release',
  'find',
  'load',
  'inspect',
  'end',
]);

/** In a Cluster, sharded pub/sub: a message goes to one node, and the count of listeners is true. */
const pubSub = {
  single: "local publish, numsub = 'PUBLISH', 'NUMSUB'",
  cluster: "local publish, numsub = 'SPUBLISH', 'SHARDNUMSUB'",
} as const;

/** Reads the scripts from disk. */
export function readSources(isCluster = false): RunStoreSources {
  const lua = (name: string) => readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
  const prelude = `${pubSub[isCluster ? 'cluster' : 'single']}\n${lua('prelude')}`;
  const backlogPrelude = lua('backlog/prelude');
  return forEachScript((name) =>
    [prelude, ...(looksAtBacklog.has(name) ? [backlogPrelude] : []), lua(files[name])].join('\n'),
  );
}

export function defineScripts(
  redis: Redis,
  sources: RunStoreSources,
): Readonly<Record<RunStoreScript, RunScript>> {
  return forEachScript((name) => defineScript(redis, { name, lua: sources[name] }));
}

function forEachScript<Value>(make: (name: RunStoreScript) => Value): Record<RunStoreScript, Value> {
  const names = Object.keys(files) as RunStoreScript[]; // because `files` has no other keys
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<RunStoreScript, Value>;
}
