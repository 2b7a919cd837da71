import { createHash } from 'node:crypto';
import { CaluteError } from '../errors.ts';
import type { Keys } from '../redis/keys.ts';
import type { AcceptOutcome, NewRun } from './run-log.ts';
import { toAcceptReply } from './script-replies.ts';

/**
 * `accept` of the run log as a part of a script: the queue gives out or queues a run in one step with accepting it, which saves
 * a round trip and wakes its worker at once.
 */
export interface ScriptAccept {
  /** Defines `accept(keys, args, choose)`. */
  readonly lua: string;
  /** Six keys. */
  keys(run: NewRun): readonly string[];
  /**
   * Gives `send` the twelve arguments, and reads what it got. A store that gets to it too late accepts nothing, and
   * `store_unavailable` is thrown then.
   */
  call(run: NewRun, send: (args: readonly (string | number)[]) => Promise<unknown>): Promise<AcceptOutcome>;
}

export interface ScriptAcceptParts {
  readonly lua: string;
  readonly keys: Keys;
  /** How long whoever asks waits for the answer. */
  readonly patienceMs: number;
  /** Of any clock that never goes back, in ms. */
  readonly now: () => number;
}

export function createScriptAccept({ lua, keys, patienceMs, now }: ScriptAcceptParts): ScriptAccept {
  // Redis's clock less ours, by its last answer; unknown before the first one.
  let aheadMs: number | undefined;
  return {
    lua,
    keys: (run) => acceptKeys(keys, run),
    async call(run, send) {
      const giveUpAt = now() + patienceMs;
      for (;;) {
        const notAfter = aheadMs === undefined ? 0 : Math.floor(giveUpAt + aheadMs);
        const { answer, nowMs } = toAcceptReply(await send([...acceptArgs(run), notAfter]), run);
        aheadMs = nowMs - now();
        if (answer.outcome !== 'late') return answer;
        // Otherwise only its clock was not where it was believed to be.
        if (now() >= giveUpAt)
          throw new CaluteError('store_unavailable', 'The store answered too late; try again.');
      }
    },
  };
}

function acceptKeys(keys: Keys, { id, tenant, idempotency }: NewRun): string[] {
  const key = idempotency === undefined ? keys.run(id) : keys.idempotency(tenant, sha256(idempotency.key));
  return [keys.run(id), keys.live, keys.waiting, keys.tenantLive(tenant), keys.tenantWindow(tenant), key];
}

function acceptArgs(run: NewRun): (string | number)[] {
  const { id, tenant, request, deadlineMs, channel, idempotency, provisional } = run;
  const { maxLive, concurrency = 0, requestsPerMinute = 0, tokensPerMinute = 0 } = run.limits;
  const bodyHash = idempotency?.bodyHash ?? '';
  const figures = [maxLive, concurrency, requestsPerMinute, tokensPerMinute];
  const flag = provisional ? '1' : '';
  return [id, tenant, JSON.stringify(request), deadlineMs, channel, bodyHash, ...figures, flag];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
