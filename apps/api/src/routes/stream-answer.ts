import { CaluteError } from '@calute/core/errors';
import type { ApiParts } from '../api-parts.ts';
import { logUnknown } from '../middleware/answer-errors.ts';
import { type StreamAnswer, type StreamOutcome, writeStream } from '../sse/write-stream.ts';
import { type RelaySpan, traceRelay } from '../tracing/trace-requests.ts';

type StreamParts = Pick<ApiParts, 'settings' | 'streams' | 'logger' | 'tracing'>;

/** Answers with a stream that a drain can end, and logs what went wrong with it; gives the way in which it ended. */
export async function answerWithStream(
  answer: StreamAnswer,
  { settings, streams, logger, tracing }: StreamParts,
): Promise<StreamOutcome> {
  const { response } = answer;
  streams.track(response);
  const relay = traceRelay(tracing, response);
  const outcome = await writeStream(relay === undefined ? answer : withRelay(answer, relay), settings);
  relay?.end(outcome.outcome);
  const requestId = response.getHeader('x-request-id');
  if (outcome.outcome === 'too-slow') logger.warn({ requestId }, 'stream.cut');
  if (outcome.outcome === 'failed' && !CaluteError.is(outcome.error))
    logUnknown(logger, outcome.error, requestId);
  return outcome;
}

function withRelay(answer: StreamAnswer, relay: RelaySpan): StreamAnswer {
  return {
    ...answer,
    onFirstEvents() {
      relay.begin();
      answer.onFirstEvents?.();
    },
  };
}
