import { CaluteError } from '@calute/core/errors';
import { createRunId } from '@calute/core/ids';
import { expect, it } from 'vitest';
import { awaitConfirmation } from './await-confirmation.ts';

const runId = createRunId(0);

/** A log that answers as told, and then with the last of it. */
function answering(...answers: (boolean | Error)[]) {
  const asked: string[] = [];
  const isConfirmed = async (id: string) => {
    asked.push(id);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return answer ?? false;
  };
  return { log: { isConfirmed }, asked };
}

it('asks until the run is confirmed, also while the store is away', async () => {
  const { log, asked } = answering(false, new CaluteError('store_unavailable', 'away'), true);
  await awaitConfirmation(log, runId, new AbortController().signal);
  expect(asked).toEqual([runId, runId, runId]);
});

it('ends when the attempt is stopped', async () => {
  const { log } = answering(false);
  const stop = new AbortController();
  const waited = awaitConfirmation(log, runId, stop.signal);
  stop.abort();
  await waited;
});

it('does not hide a bug', async () => {
  const { log } = answering(new TypeError('a bug'));
  await expect(awaitConfirmation(log, runId, new AbortController().signal)).rejects.toThrow('a bug');
});
