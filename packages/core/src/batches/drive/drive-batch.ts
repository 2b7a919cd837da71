import { CaluteError } from '../../errors.ts';
import { type Batch, type BatchEnd, type BatchFault, hasEnded } from '../batch.ts';
import { validateInput } from '../input/validate-input.ts';
import type { Move } from '../store/driver-store.ts';
import { BatchLost } from './batch-lost.ts';
import { closeLines, endRuns } from './close-lines.ts';
import { type DriveParts, type Driving, persistently } from './driving.ts';
import { runLines } from './run-lines.ts';
import { ResultsDeleted } from './write-results.ts';

/** Brings a batch from the status in which it stands to its end, step by step. Throws BatchLost, the signal's reason, and bugs. */
export async function driveBatch(
  parts: DriveParts,
  open: (batch: Batch) => Driving,
  { held, signal }: Pick<Driving, 'held' | 'signal'>,
): Promise<void> {
  for (;;) {
    const batch = await persistently(signal, () => parts.store.read(held.id));
    if (batch === undefined) throw new BatchLost();
    if (hasEnded(batch.status)) return;
    const driving = open(batch);
    await step(parts, driving);
  }
}

async function step(parts: DriveParts, driving: Driving): Promise<void> {
  const { batch, record } = driving;
  switch (batch.status) {
    case 'validating':
      return parts.now() >= record.expiresAt * 1000
        ? await finish(parts, driving, 'expired')
        : await validate(parts, driving);
    case 'in_progress':
      return await progress(parts, driving);
    case 'finalizing':
      return await finalize(parts, driving, batch.ending ?? 'completed');
    case 'cancelling':
      return await finalize(parts, driving, 'cancelled');
    case 'completed':
    case 'failed':
    case 'expired':
    case 'cancelled':
  }
}

async function validate(parts: DriveParts, driving: Driving): Promise<void> {
  const { endpoint, input, record, signal, logger } = driving;
  const { maxLineBytes } = parts;
  const options = { url: record.endpoint, endpoint, maxLineBytes };
  try {
    const check = () => validateInput(input.readAll(signal), options);
    const validation = await persistently(signal, () => parts.inTurn(check));
    if (validation.outcome === 'faulty') return await finish(parts, driving, 'failed', validation.faults);
    const { total, model } = validation;
    const fields = { total, in_progress_at: seconds(parts), ...(model === undefined ? {} : { model }) };
    await move(parts, driving, { from: 'validating', to: 'in_progress', fields });
    logger.info({ total }, 'batch.begun');
  } catch (error) {
    await finish(parts, driving, 'failed', [toFault(error)]);
  }
}

async function progress(parts: DriveParts, driving: Driving): Promise<void> {
  try {
    const outcome = await runLines(parts, driving);
    if (outcome === 'done') return await beginEnd(parts, driving, 'completed');
    // Otherwise it is cancelled, which its status says by now.
    if (parts.now() >= driving.record.expiresAt * 1000) await beginEnd(parts, driving, 'expired');
  } catch (error) {
    await beginEnd(parts, driving, 'failed', [toFault(error)]);
  }
}

async function beginEnd(
  parts: DriveParts,
  driving: Driving,
  ending: BatchEnd,
  faults?: readonly BatchFault[],
): Promise<void> {
  const errors = faults === undefined ? {} : { errors: JSON.stringify(faults) };
  const fields = { ending, finalizing_at: seconds(parts), ...errors };
  await move(parts, driving, { from: 'in_progress', to: 'finalizing', fields });
}

async function finalize(parts: DriveParts, driving: Driving, end: BatchEnd): Promise<void> {
  const { batch } = driving;
  let faults = batch.faults;
  // Lines that were never validated are not spoken of.
  const hasLines = batch.times.in_progress_at !== undefined;
  try {
    if (end === 'failed') await endRuns(parts, driving);
    else if (end !== 'completed' && hasLines) await closeLines(parts, driving, end);
  } catch (error) {
    faults = [...faults, toFault(error)];
    await endRuns(parts, driving);
  }
  await finish(parts, driving, end, faults);
}

/** A file of the batch that is gone is why it fails; anything else is passed on. */
function toFault(error: unknown): BatchFault {
  const place = { line: null, param: null };
  if (error instanceof ResultsDeleted) {
    const message = 'A file with results of this batch was deleted before the batch ended.';
    return { code: 'results_deleted', message, ...place };
  }
  if (CaluteError.is(error) && (error.code === 'file_not_found' || error.code === 'file_lost')) {
    const message = 'The input file was deleted, or has expired, before the batch ended.';
    return { code: 'input_file_deleted', message, ...place, param: 'input_file_id' };
  }
  throw error;
}

async function move({ store }: DriveParts, { held, signal }: Driving, to: Move): Promise<void> {
  const status = await persistently(signal, () => store.move(held, to));
  if (status === 'fenced') throw new BatchLost();
}

/** Ends a batch, with what it failed at. Throws BatchLost and the signal's reason. */
export async function finish(
  parts: DriveParts,
  { held, record, signal, logger }: Pick<Driving, 'held' | 'record' | 'signal' | 'logger'>,
  end: BatchEnd,
  faults: readonly BatchFault[] = [],
): Promise<void> {
  const nowS = seconds(parts);
  const outcome = await persistently(signal, () => parts.store.finish(held, record, { end, nowS, faults }));
  if (outcome === 'fenced') throw new BatchLost();
  logger.info({ end }, 'batch.ended');
}

function seconds({ now }: DriveParts): number {
  return Math.floor(now() / 1000);
}
