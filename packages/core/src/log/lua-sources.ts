import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { defineScript, type RunScript } from '../redis/load-script.ts';

const names = [
  'accept',
  'claim',
  'append',
  'confirm',
  'confirmed',
  'end',
  'read',
  'leave',
  'heads',
  'heard',
] as const;

export type RunLogScript = (typeof names)[number];

/** The Lua of each script; those of `accept` and `claim` only define a function, because the queue's scripts call them as well. */
export type RunLogSources = Readonly<Record<RunLogScript, string>>;

/** The scripts that are part of the queue's ones too, called on their own. */
const calls: Partial<RunLogSources> = {
  accept: 'return (accept(KEYS, ARGV))',
  claim: `
local outcome = claim(ARGV[1], KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[2], ARGV[3], ARGV[4])
publish_announced()
return outcome`,
};

/** The Lua of each script, with the prelude that they share. */
export function readSources(): RunLogSources {
  const lua = (name: string) => readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
  const prelude = lua('run');
  return forEachScript((name) => `${prelude}\n${lua(name)}`);
}

export function defineScripts(
  redis: Redis,
  sources: RunLogSources,
): Readonly<Record<RunLogScript, RunScript>> {
  return forEachScript((name) =>
    defineScript(redis, { name, lua: `${sources[name]}\n${calls[name] ?? ''}` }),
  );
}

function forEachScript<Value>(make: (name: RunLogScript) => Value): Record<RunLogScript, Value> {
  const entries = names.map((name): [RunLogScript, Value] => [name, make(name)]);
  return Object.fromEntries(entries) as Record<RunLogScript, Value>; // because every name has an entry
}
