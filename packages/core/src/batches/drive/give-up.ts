import type { BatchFault } from '../batch.ts';
import { BatchLost } from './batch-lost.ts';
import { endRuns } from './close-lines.ts';
import { finish } from './drive-batch.ts';
import { type DriveParts, type Driving, persistently } from './driving.ts';

export interface GiveUpParts extends DriveParts {
  /**
   * For how long a batch is left alone after each failure in a row; the next one is its end.
   * @defaultValue 5 s to 5 min, 20 min in all, in which an update of the servers may bring what it needs
   */
  readonly pausesMs?: readonly number[];
  /** Told of what a round, or the store, fails with. */
  onError(error: unknown): void;
}

type Given = Pick<Driving, 'held' | 'signal' | 'logger'>;

const usualPausesMs = [5, 10, 20, 40, 80, 160, 300, 300, 300].map((s) => s * 1000);

/**
 * Leaves a batch that this process has failed at to whoever takes it after a pause. Where nobody has brought it on for long, it ends as
 * `failed`. Never throws.
 */
export async function giveUp(parts: GiveUpParts, given: Given, cause: unknown): Promise<void> {
  const { store, pausesMs = usualPausesMs } = parts;
  const { held, signal, logger } = given;
  try {
    const failures = await persistently(signal, () => store.noteFailure(held, pausesMs));
    if (failures === 'fenced') throw new BatchLost();
    if (failures <= pausesMs.length) return;
    await endAsFailed(parts, given, failures);
    logger.error({ err: cause, failures }, 'batch.given-up');
  } catch (error) {
    if (signal.aborted || error instanceof BatchLost) return logger.info('batch.left');
    logger.error({ err: error }, 'batch.give-up-failed');
    // Nothing is left to be done but to take it seldom.
    await store.renew([held], pausesMs.at(-1) ?? 0).catch(parts.onError);
  }
}

async function endAsFailed(
  parts: DriveParts,
  { held, signal, logger }: Given,
  failures: number,
): Promise<void> {
  const batch = await persistently(signal, () => parts.store.read(held.id));
  if (batch === undefined) throw new BatchLost();
  const driving = { held, signal, logger, record: batch.record };
  // A run that is not ended here ends by itself, at its deadline at the latest.
  await endRuns(parts, driving).catch((error: unknown) => {
    logger.error({ err: error }, 'batch.end-runs-failed');
  });
  await finish(parts, driving, 'failed', [...batch.faults, toFault(failures)]);
}

function toFault(failures: number): BatchFault {
  const message =
    `The server failed at this batch ${failures} times in a row, and has given it up. What was done stands in its files. ` +
    'Send the other requests as a new batch; if that fails as well, tell the operator the id of this one.';
  return { code: 'internal_error', message, param: null, line: null };
}
