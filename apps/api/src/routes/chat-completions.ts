import type { ServerResponse } from 'node:http';
import type { CompletionContext } from '@calute/core/completions/completion-context';
import { CaluteError, type ErrorCode } from '@calute/core/errors';
import type { RunId } from '@calute/core/ids';
import type { ChatCompletion } from '@calute/core/protocol/chat-completion';
import type { QueuePlace } from '@calute/core/run-store/backlog/backlog';
import { type AdmittedChat, admitChat } from '../admission/admit-chat.ts';
import { createBodyReader } from '../admission/read-json-body.ts';
import { parseRunHeaders } from '../admission/run-headers.ts';
import { signalClientGone } from '../answers/client-gone.ts';
import { setRateLimitHeaders } from '../answers/rate-limit-headers.ts';
import { sendJson } from '../answers/send-json.ts';
import type { ApiParts } from '../api-parts.ts';
import { drainingError } from '../server/open-streams.ts';
import { closeWithin } from '../sse/await-drain.ts';
import type { StreamAnswer, StreamOutcome } from '../sse/write-stream.ts';
import type { Call, Route } from './route.ts';
import { answerWithStream } from './stream-answer.ts';

type ChatParts = Omit<ApiParts, 'authenticate' | 'checkHealth'>;

/** `POST /v1/chat/completions`: one run of the agent named by `model`, as one JSON answer or as a stream. */
export function chatCompletionsRoute(parts: ChatParts): Route {
  const readJsonBody = createBodyReader(parts.settings);
  return {
    method: 'post',
    path: '/v1/chat/completions',
    scope: 'infer',
    async handle(call) {
      const { request, response } = call;
      const startedMs = performance.now();
      const signal = signalClientGone(response);
      const headers = parseRunHeaders(request.headers, parts.settings.runTimeoutMs);
      const body = await readJsonBody(request);
      // Not before: a connection that closes with its body unread is reset, and the answer with it.
      if (parts.streams.draining) throw drainingError();
      const admitted = await admitChat(body, parts.agents);
      signal.throwIfAborted();

      if (admitted.ignored.length > 0) {
        response.setHeader('x-calute-ignored-params', admitted.ignored.join(','));
      }
      const context: CompletionContext = {
        ...headers,
        identity: call.identity,
        signal,
        onRate: (rate) => setRateLimitHeaders(response, rate),
        onAccepted: (runId) => setRunIdHeader(response, runId),
        onQueued: (place) => setQueueHeaders(response, place),
      };
      // Not awaited here, nor with the request at hand below: it would stay in memory for as long as the run takes.
      return admitted.chat.stream === true
        ? answerStream({ call, admitted, context, startedMs }, parts)
        : answerJson({ call, admitted, context }, parts);
    },
  };
}

/** For a client that wants to cancel or follow a run that is still queued; later each chunk says it as well. */
function setRunIdHeader(response: ServerResponse, runId: RunId): void {
  if (!response.headersSent) response.setHeader('x-calute-run-id', runId);
}

function setQueueHeaders(response: ServerResponse, { position, waitMs }: QueuePlace): void {
  if (response.headersSent) return;
  response.setHeader('x-calute-queue-position', position);
  if (waitMs !== undefined) response.setHeader('x-calute-queue-wait-ms', waitMs);
}

interface Completion {
  readonly call: Call;
  readonly admitted: AdmittedChat;
  readonly context: CompletionContext;
}

function answerJson({ call, admitted, context }: Completion, parts: ChatParts): Promise<void> {
  const { agent, chat } = admitted;
  parts.streams.track(call.response);
  return sendCompletion(
    call.response,
    parts.completions.createCompletion(agent, chat.messages, chat, context),
    parts,
  );
}

async function sendCompletion(
  response: ServerResponse,
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
  { call, admitted, context, startedMs }: Completion & { readonly startedMs: number },
  parts: ChatParts,
): Promise<void> {
  const { agent, chat } = admitted;
  const batches = parts.completions.createStreamingCompletion(agent, chat.messages, chat, context);
  return sendStream(
    { response: call.response, batches, onFirstEvents: timeFirstEvents(startedMs, parts) },
    parts,
  );
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
