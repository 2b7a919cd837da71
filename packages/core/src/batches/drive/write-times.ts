const fastestMs = 100;
const slowestMs = 10_000;
/** So that a batch is written in a few thousand pieces at most, however long it takes. */
const pieces = 200;

/**
 * How long results may wait to be written: the longer the batch goes on, the longer, because each write is a piece of the files; but
 * never until a run could have gone that a killed process has not written.
 */
export function writeDueMs(elapsedMs: number, retentionMs: number): number {
  const patient = Math.min(slowestMs, Math.max(fastestMs, elapsedMs / pieces));
  return Math.min(patient, retentionMs / 4);
}
