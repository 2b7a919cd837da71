import { CaluteError } from '@calute/core/errors';
import type { ApiParts } from '../api-parts.ts';
import { logUnknown } from '../middleware/answer-errors.ts';
import { type StreamAnswer, type StreamOutcome, writeStream } from '../sse/write-stream.ts';

type StreamParts = Pick<ApiParts, 'settings' | 'streams' | 'logger'>;

/** Answers with a stream that a drain can end, and logs what went wrong with it; gives the way in which it ended. */
export async function answerWithStream(
  answer: StreamAnswer,
  { settings, streams, logger }: StreamParts,
): Promise<StreamOutcome> {
  const { response } = answer;
  streams.track(response);
  const outcome = await writeStream(answer, settings);
  const requestId = response.getHeader('x-request-id');
  if (outcome.outcome === 'too-slow') logger.warn({ requestId }, 'stream.cut');
  if (outcome.outcome === 'failed' && !CaluteError.is(outcome.error))
    logUnknown(logger, outcome.error, requestId);
  return outcome;
}
