import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { type Script, ScriptCall } from './script-call.ts';
import { toStoreError } from './store-error.ts';

/** Runs a script as one atomic step. Throws CaluteError `store_unavailable` when Redis cannot serve. */
export type RunScript = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

export interface ScriptSource {
  /** Stands in errors. */
  readonly name: string;
  /** The source, or the file that holds it: `new URL('./append.lua', import.meta.url)`. */
  readonly lua: string | URL;
  /** When given, each call must bring so many keys. */
  readonly numberOfKeys?: number;
}

/**
 * Reads the script now and runs it by EVALSHA. The first call on each socket is an EVAL, so that calls in flight keep
 * their order after a reconnect; NOSCRIPT is answered by an EVAL as well.
 */
export function defineScript(redis: Redis, { name, lua, numberOfKeys }: ScriptSource): RunScript {
  const text = typeof lua === 'string' ? lua : readFileSync(lua, 'utf8');
  const script: Script = {
    lua: text,
    sha: createHash('sha1').update(text).digest('hex'),
    sentOver: undefined,
  };
  const run: RunScript = async (keys, args) => {
    if (numberOfKeys !== undefined && keys.length !== numberOfKeys) {
      throw new Error(`The script ${name} takes ${numberOfKeys} keys and got ${keys.length}.`);
    }
    try {
      return await redis.sendCommand(new ScriptCall(script, keys, args));
    } catch (error) {
      if (!isForgotten(error)) throw toStoreError(error);
      script.sentOver = undefined;
      return await run(keys, args);
    }
  };
  return run;
}

function isForgotten(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT ');
}
