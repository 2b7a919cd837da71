import { performance } from 'node:perf_hooks';
import type { CompletionContext } from '@calute/core/completions/completion-context';
import { CaluteError, type ErrorCode } from '@calute/core/errors';
import type { RunId, TenantId } from '@calute/core/ids';
import type { QueuePlace } from '@calute/core/run-store/backlog/backlog';
import type { Request, RequestHandler, Response } from 'express';
import { parseRunHeaders, type RunHeaders } from '../admission/run-headers.ts';
import { signalClientGone } from '../answers/client-gone.ts';
import { setRateLimitHeaders } from '../answers/rate-limit-headers.ts';
import { sendJson } from '../answers/send-json.ts';
import type { ApiParts } from '../api-parts.ts';
import { identityOf } from '../middleware/identify.ts';
import { drainingError } from '../server/open-streams.ts';
import { closeWithin } from '../sse/await-drain.ts';
import type { StreamAnswer, StreamOutcome } from '../sse/write-stream.ts';
import { traceparentOf, traceRelay } from '../tracing/trace-requests.ts';
import { answerWithStream } from './stream-answer.ts';

export type AnswerParts = Pick<ApiParts, 'settings' | 'streams' | 'metrics' | 'logger' | 'tracing'>;

/** What is known before the body. */
interface Head {
  readonly startedMs: number;
  readonly signal: AbortSignal;
  readonly headers: RunHeaders;
}

/** A header at fault is refused before the body is read. */
export function readHead({ settings }: AnswerParts): RequestHandler {
  return (request, response, next) => {
    const head: Head = {
      startedMs: performance.now(),
      signal: signalClientGone(response),
      headers: parseRunHeaders(request.headers, settings.runTimeoutMs),
    };
    response.locals['head'] = head;
    next();
  };
}

/**
 * The body of a request that is about to become a run; the request gives it away, because it lives as long as its answer, and the
 * prompt is not to. Throws `server_draining`: not before the body is read, because a connection that closes with its body unread
 * is reset, and the answer with it.
 */
export function takeBody(request: Request, { streams }: AnswerParts): unknown {
  if (streams.draining) throw drainingError();
  const body: unknown = request.body;
  request.body = undefined;
  return body;
}

/** What the run is told of its request beside the body. Throws when the client has left meanwhile. */
export function openContext(response: Response, ignored: readonly string[]): CompletionContext {
  const { signal, headers }: Head = response.locals['head'];
  signal.throwIfAborted();
  if (ignored.length > 0) response.setHeader('x-calute-ignored-params', ignored.join(','));
  return {
    ...headers,
    identity: identityOf(response),
    ...traceparentOf(response),
    signal,
    onRate: (rate) => setRateLimitHeaders(response, rate),
    onAccepted: (runId) => setRunIdHeader(response, runId),
    onQueued: (place) => setQueueHeaders(response, place),
  };
}

/** Who sends a request, as far as its admission goes. */
export function senderOf(
  response: Response,
): Pick<CompletionContext, 'idempotencyKey'> & { readonly tenant: TenantId } {
  const { headers }: Head = response.locals['head'];
  return { tenant: identityOf(response).tenant, idempotencyKey: headers.idempotencyKey };
}

/** For a client that wants to cancel or follow a run that is still queued; later each chunk says it as well. */
function setRunIdHeader(response: Response, runId: RunId): void {
  if (!response.headersSent) response.setHeader('x-calute-run-id', runId);
}

function setQueueHeaders(response: Response, { position, waitMs }: QueuePlace): void {
  if (response.headersSent) return;
  response.setHeader('x-calute-queue-position', position);
  if (waitMs !== undefined) response.setHeader('x-calute-queue-wait-ms', waitMs);
}

/** Sends one whole answer once it is there. */
export async function sendWhole(
  response: Response,
  answer: Promise<object>,
  { metrics, settings, streams, tracing }: AnswerParts,
): Promise<void> {
  streams.track(response);
  const relay = traceRelay(tracing, response);
  try {
    const body = await answer;
    relay?.begin();
    metrics.runEnded('completed');
    sendJson(response, 200, body);
    relay?.end((await closeWithin(response, settings.drainTimeoutMs)) ? 'ended' : 'too-slow');
  } catch (error) {
    metrics.runEnded(codeOf(error));
    throw error;
  }
}

/** Sends a run's events as they come. */
export function sendEvents(
  response: Response,
  batches: StreamAnswer['batches'],
  parts: AnswerParts,
): Promise<void> {
  const { startedMs }: Head = response.locals['head'];
  const onFirstEvents = timeFirstEvents(startedMs, parts);
  return sendStream({ response, batches, onFirstEvents, onFurtherEvents: parts.metrics.eventsSent }, parts);
}

/** On its own, so that the function does not keep the request at hand. */
function timeFirstEvents(startedMs: number, { metrics }: AnswerParts): () => void {
  return () => metrics.firstEventsSent((performance.now() - startedMs) / 1000);
}

async function sendStream(answer: StreamAnswer, parts: AnswerParts): Promise<void> {
  const { metrics } = parts;
  try {
    metrics.runEnded(toEndReason(await answerWithStream(answer, parts)));
  } catch (error) {
    metrics.runEnded(codeOf(error));
    throw error;
  }
}

function toEndReason(stream: StreamOutcome): ErrorCode | 'completed' {
  switch (stream.outcome) {
    case 'ended':
      return stream.error?.code ?? 'completed';
    case 'failed':
      return codeOf(stream.error);
    case 'left':
      return 'run_cancelled';
    case 'too-slow':
      return 'slow_reader';
    case 'stopped':
      return 'server_draining';
  }
}

function codeOf(error: unknown): ErrorCode {
  return CaluteError.is(error) ? error.code : 'internal_error';
}
