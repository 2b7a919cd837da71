import { setTimeout as wait } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { CommandFailure, exitCodes } from '../cli/command-failure.ts';
import { type Chunk, chunkSchema, streamErrorSchema } from './chunk.ts';
import { type Server, ServerRefusal, send } from './server.ts';

export interface StreamOptions {
  readonly signal: AbortSignal;
  /** Told the id of the run as soon as it is known. */
  readonly onRun?: (runId: string) => void;
  /** Told each time that the connection is lost and the stream is asked for again. */
  readonly onCut?: (reason: string) => void;
}

/** What to read: a request that makes a run, or a run that there is, after an event. */
export type StreamSource = { readonly body: object } | { readonly runId: string; readonly after: number };

/** Only this connection or replica failed, not the run. */
const ofTheConnection = new Set(['server_draining', 'store_unavailable']);
const maxTries = 8;
const longestPauseMs = 2000;

interface Place {
  runId: string | undefined;
  seen: number;
  /** Whether the server has ever answered: until then there is nothing to resume. */
  isMet: boolean;
}

/**
 * The chunks of one streamed answer, each once and in order, over as many connections as that takes. Throws ServerRefusal
 * when the run fails or is refused, CommandFailure `unreachable` when it cannot be read to its end, the signal's reason when that aborts.
 */
export async function* streamAnswer(
  server: Server,
  source: StreamSource,
  options: StreamOptions,
): AsyncGenerator<Chunk> {
  const { signal, onCut } = options;
  const place: Place =
    'runId' in source
      ? { runId: source.runId, seen: source.after, isMet: false }
      : { runId: undefined, seen: 0, isMet: false };
  const idempotencyKey = crypto.randomUUID();
  for (let tries = 1; ; tries += 1) {
    const before = place.seen;
    try {
      const response = await open(server, source, { place, idempotencyKey, options });
      if (response.status === 204) return;
      if ((yield* readChunks(response, place, options)) === 'over') return;
      if (place.seen > before) tries = 0;
      if (tries >= maxTries) throw unreadable(place);
      onCut?.('the stream broke off');
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error, place)) throw error;
      if (place.seen > before) tries = 0;
      if (tries >= maxTries) throw unreadable(place, error);
      onCut?.(describeCut(error));
    }
    await wait(Math.min(100 * 2 ** tries, longestPauseMs), undefined, { signal });
  }
}

async function open(
  server: Server,
  source: StreamSource,
  { place, idempotencyKey, options }: { place: Place; idempotencyKey: string; options: StreamOptions },
): Promise<Response> {
  const { signal, onRun } = options;
  const response =
    place.runId === undefined && 'body' in source
      ? await send(server, '/chat/completions', {
          method: 'POST',
          signal,
          body: { ...source.body, stream: true, stream_options: { include_usage: true } },
          headers: {
            'idempotency-key': idempotencyKey,
            // A cut must not end it; whoever wants it ended says so.
            'x-on-disconnect': 'continue',
            'x-calute-events': '1',
          },
        })
      : await send(server, `/chat/completions/${place.runId}/stream`, {
          signal,
          headers: place.seen > 0 ? { 'last-event-id': String(place.seen) } : {},
        });
  place.isMet = true;
  const runId = response.headers.get('x-calute-run-id') ?? place.runId;
  if (runId !== undefined) {
    place.runId = runId;
    onRun?.(runId);
  }
  return response;
}

async function* readChunks(
  response: Response,
  place: Place,
  { onRun }: StreamOptions,
): AsyncGenerator<Chunk, 'over' | 'cut'> {
  const events = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { id, data } of events ?? []) {
    if (id !== undefined && Number(id) <= place.seen) continue;
    if (data === '[DONE]') return 'over';
    const parsed: unknown = JSON.parse(data);
    const failure = streamErrorSchema.safeParse(parsed);
    if (failure.success) throw toRefusal(failure.data.error);
    const chunk = chunkSchema.parse(parsed);
    if (place.runId === undefined) onRun?.(chunk.id);
    place.runId = chunk.id;
    if (id !== undefined) place.seen = Number(id);
    yield chunk;
  }
  return 'cut';
}

function toRefusal({ message, code }: { message: string; code?: string | null | undefined }): ServerRefusal {
  const text = code ? `${message} (${code})` : message;
  return new ServerRefusal(text, {
    status: 200,
    code: code ?? 'unknown',
    mayRetry: ofTheConnection.has(code ?? ''),
  });
}

/** A refusal before the run is made passes only when it says so; a lost connection when there is something to come back to. */
function mayPass(error: unknown, { runId, isMet }: Place): boolean {
  if (error instanceof ServerRefusal) return ofTheConnection.has(error.code);
  return isMet || runId !== undefined;
}

function describeCut(error: unknown): string {
  if (error instanceof ServerRefusal) return error.message;
  return error instanceof CommandFailure ? 'the server cannot be reached' : 'the stream broke off';
}

function unreadable({ runId }: Place, cause?: unknown): CommandFailure {
  const advice =
    runId === undefined ? '' : ` What it has to say can be had while it is kept: calute runs follow ${runId}`;
  return new CommandFailure(
    `The answer broke off ${maxTries} times in a row.${advice}`,
    exitCodes.unreachable,
    cause,
  );
}
