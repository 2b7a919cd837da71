import { performance } from 'node:perf_hooks';
import type { ChatCompletion } from '@calute/core/completions/chat/chat-completion';
import type { CompletionContext } from '@calute/core/completions/completion-context';
import { CaluteError, type ErrorCode } from '@calute/core/errors';
import type { RunId } from '@calute/core/ids';
import type { QueuePlace } from '@calute/core/run-store/backlog/backlog';
import type { Request, RequestHandler, Response } from 'express';
import { type AdmittedChat, admitChat } from '../admission/admit-chat.ts';
import { parseRunHeaders, type RunHeaders } from '../admission/run-headers.ts';
import { signalClientGone } from '../answers/client-gone.ts';
import { setRateLimitHeaders } from '../answers/rate-limit-headers.ts';
import { sendJson } from '../answers/send-json.ts';
import type { ApiParts } from '../api-parts.ts';
import { identityOf } from '../middleware/identify.ts';
import { jsonBody } from '../middleware/json-body.ts';
import { drainingError } from '../server/open-streams.ts';
import { closeWithin } from '../sse/await-drain.ts';
import type { StreamAnswer, StreamOutcome } from '../sse/write-stream.ts';
import { answerWithStream } from './stream-answer.ts';

type ChatParts = Omit<ApiParts, 'authenticate' | 'checkHealth'>;

/** `POST /v1/chat/completions`: one run of the agent named by `model`, as one JSON answer or as a stream. */
export function chatCompletions(parts: ChatParts) {
  return [readHead(parts), ...jsonBody(parts.settings), answerChat(parts)];
}

/** What is known before the body. */
interface Head {
  readonly startedMs: number;
  readonly signal: AbortSignal;
  readonly headers: RunHeaders;
}

/** A header at fault is refused before the body is read. */
function readHead({ settings }: ChatParts): RequestHandler {
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

function answerChat(parts: ChatParts): RequestHandler {
  return async (request, response) => {
    const { startedMs, signal, headers }: Head = response.locals['head'];
    // Not before the body is read: a connection that closes with its body unread is reset, and the answer with it.
    if (parts.streams.draining) throw drainingError();
    const admitted = await admitChat(takeBody(request), parts.agents);
    signal.throwIfAborted();

    if (admitted.ignored.length > 0) {
      response.setHeader('x-calute-ignored-params', admitted.ignored.join(','));
    }
    const context: CompletionContext = {
      ...headers,
      identity: identityOf(response),
      signal,
      onRate: (rate) => setRateLimitHeaders(response, rate),
      onAccepted: (runId) => setRunIdHeader(response, runId),
      onQueued: (place) => setQueueHeaders(response, place),
    };
    // Not awaited here, nor with the request at hand below: it would stay in memory for as long as the run takes.
    return admitted.chat.stream === true
      ? answerStream({ response, admitted, context, startedMs }, parts)
      : answerJson({ response, admitted, context }, parts);
  };
}

/** The request lives as long as its answer, and the prompt is not to. */
function takeBody(request: Request): unknown {
  const body: unknown = request.body;
  request.body = undefined;
  return body;
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

interface Completion {
  readonly response: Response;
  readonly admitted: AdmittedChat;
  readonly context: CompletionContext;
}

function answerJson({ response, admitted, context }: Completion, parts: ChatParts): Promise<void> {
  const { agent, chat } = admitted;
  parts.streams.track(response);
  return sendCompletion(
    response,
    parts.completions.createCompletion(agent, chat.messages, chat, context),
    parts,
  );
}

async function sendCompletion(
  response: Response,
  completion: Promise<ChatCompletion>,
  { metrics, settings }: ChatParts,
): Promise<void> {
  try {
    const body = await completion;
    metrics.runEnded('completed');
    sendJson(response, 200, body);
    await closeWithin(response, settings.drainTimeoutMs);
  } catch (error) {
    metrics.runEnded(codeOf(error));
    throw error;
  }
}

function answerStream(
  { response, admitted, context, startedMs }: Completion & { readonly startedMs: number },
  parts: ChatParts,
): Promise<void> {
  const { agent, chat } = admitted;
  const batches = parts.completions.createStreamingCompletion(agent, chat.messages, chat, context);
  return sendStream({ response, batches, onFirstEvents: timeFirstEvents(startedMs, parts) }, parts);
}

/** On its own, so that the function does not keep the request at hand. */
function timeFirstEvents(startedMs: number, { metrics }: ChatParts): () => void {
  return () => metrics.firstEventsSent((performance.now() - startedMs) / 1000);
}

async function sendStream(answer: StreamAnswer, parts: ChatParts): Promise<void> {
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
