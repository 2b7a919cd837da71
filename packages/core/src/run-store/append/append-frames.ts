import { z } from 'zod';
import type { Keys } from '../../redis/keys.ts';
import type { RunScript } from '../../redis/load-script.ts';
import type { AppendFrame, RunLog } from '../run-log.ts';

export interface AppendFramesParts {
  readonly script: RunScript;
  readonly keys: Keys;
  /** How long an ended run stays readable. */
  readonly retentionMs: number;
  /** Told when a run ends here while others wait for its slot. */
  readonly onSlotFree: () => void;
}

export function createAppendFrames(parts: AppendFramesParts): RunLog['append'] {
  const { script, keys, retentionMs, onSlotFree } = parts;
  const shared = [keys.live, keys.leases, keys.backlog];
  return async (frames) => {
    const frameKeys = frames.flatMap(({ runId }) => [keys.run(runId), keys.log(runId)]);
    const reply = await script([...shared, ...frameKeys], [retentionMs, ...frames.flatMap(frameArgs)]);
    const entries = replySchema.parse(reply);
    if (Number(entries.at(-1)) > 0) onSlotFree();
    return entries.filter((entry) => typeof entry !== 'number');
  };
}

/** What became of each frame, and how many runs wait for the slot of one that ended with these; 0 when none ended. */
const replySchema = z.array(
  z.union([z.enum(['stored', 'no-subscribers', 'fenced', 'ended', 'gap', 'unknown']), z.number()]),
);

function frameArgs(frame: AppendFrame): (string | number)[] {
  const { runId, epoch, seq, visible, startsTools, end, payload } = frame;
  const flags = [visible ? '1' : '', startsTools ? '1' : ''];
  const ending = [end?.reason ?? '', toCharge(end?.tokens ?? 0), end?.mayRetry ? '1' : ''];
  return [runId, epoch, seq, ...flags, ...ending, payload];
}

/** A provider may report anything; what Redis cannot add up would stop a script halfway. */
function toCharge(tokens: number): number {
  return tokens > 0 ? Math.min(Math.round(tokens), mostTokens) : 0;
}

/** Of one run. */
const mostTokens = 1_000_000_000;
