import { z } from 'zod';
import type { Keys } from '../../redis/keys.ts';
import type { RunScript } from '../../redis/load-script.ts';
import { encodeEvents } from '../../runs/frame-payload.ts';
import { mayRetry } from '../../runs/run-end.ts';
import type { RunLog } from '../run-log.ts';

export interface EndRunParts {
  readonly script: RunScript;
  readonly keys: Keys;
  /** How long an ended run stays readable. */
  readonly retentionMs: number;
  /** Told when a run ends here while others wait for its slot. */
  readonly onSlotFree: () => void;
}

export function createEndRun({ script, keys, retentionMs, onSlotFree }: EndRunParts): RunLog['end'] {
  const { live, leases, backlog, deferred } = keys;
  return async (runId, end, options) => {
    const payload = encodeEvents([{ type: 'run-end', end }]);
    const args = [runId, end.reason, payload, retentionMs, options?.spare ?? '', mayRetry(end) ? '1' : ''];
    const endKeys = [keys.run(runId), keys.log(runId), live, leases, backlog, deferred];
    const [outcome, waiting] = replySchema.parse(await script(endKeys, args));
    if (waiting > 0) onSlotFree();
    return outcome;
  };
}

/** The outcome, and how many runs wait for the slot of the one that ended. */
const replySchema = z.union([
  z.tuple([z.literal('ended'), z.number()]),
  z.enum(['ended', 'already-ended', 'spared', 'unknown']).transform((outcome) => [outcome, 0] as const),
]);
