import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import {
  type UpstreamRequest,
  type UpstreamScript,
  upstreamScriptSchema,
} from './scripted-upstream-script.ts';

type Turn = UpstreamScript['turns'][number];
type Latch = PromiseWithResolvers<void>;

interface Upstream {
  readonly scripts: Map<string, Turn[]>;
  readonly requests: UpstreamRequest[];
  readonly gates: Map<string, Latch>;
  /** Replaced whenever a request arrives or ends, after releasing those who wait for it. */
  changed: Latch;
}

/**
 * An OpenAI-compatible server that does what it is told per model, under `/v1`, and takes its orders under `/control`; a
 * model without a script is 404.
 */
export function createScriptedServer(): Server {
  const upstream: Upstream = {
    scripts: new Map(),
    requests: [],
    gates: new Map(),
    changed: Promise.withResolvers(),
  };
  const server = createServer({ noDelay: true }, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://upstream');
    const handle = url.pathname.startsWith('/control/') ? control : complete;
    handle(upstream, url, request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  return server;
}

async function control(
  upstream: Upstream,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await obey(upstream, url, (await buffer(request)).toString());
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

async function obey(upstream: Upstream, url: URL, body: string): Promise<unknown> {
  const model = url.searchParams.get('model');
  const number = Number(url.searchParams.get('number'));
  const ofModel = (): UpstreamRequest[] =>
    upstream.requests.filter((one) => model === null || one.model === model);
  switch (url.pathname) {
    case '/control/script': {
      const script = upstreamScriptSchema.parse(JSON.parse(body));
      upstream.scripts.set(script.model, script.turns);
      return {};
    }
    case '/control/release':
      latch(upstream, url.searchParams.get('gate') ?? '').resolve();
      return {};
    case '/control/wait-for-requests':
      await waitUntil(upstream, () => ofModel().length >= number);
      return ofModel();
    case '/control/wait-for-end':
      await waitUntil(upstream, () => upstream.requests[number]?.state !== 'open');
      return [upstream.requests[number]];
    default:
      return ofModel();
  }
}

async function waitUntil(upstream: Upstream, isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await upstream.changed.promise;
}

function tellChange(upstream: Upstream): void {
  const { changed } = upstream;
  upstream.changed = Promise.withResolvers();
  changed.resolve();
}

function latch({ gates }: Upstream, name: string): Latch {
  const gate = gates.get(name) ?? Promise.withResolvers<void>();
  gates.set(name, gate);
  return gate;
}

async function complete(
  upstream: Upstream,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body: Record<string, unknown> = JSON.parse((await buffer(request)).toString() || '{}');
  const model = String(body['model']);
  const headers = JSON.parse(JSON.stringify(request.headers));
  const record: UpstreamRequest = {
    id: upstream.requests.length,
    model,
    path: url.pathname,
    headers,
    body,
    state: 'open',
  };
  upstream.requests.push(record);
  const closed = new AbortController();
  response.once('close', () => {
    if (record.state === 'open') record.state = response.writableFinished ? 'finished' : 'closed-early';
    closed.abort();
    tellChange(upstream);
  });
  tellChange(upstream);
  await play(upstream, takeTurn(upstream, model), { response, record, signal: closed.signal });
}

function takeTurn({ scripts }: Upstream, model: string): Turn {
  const turns = scripts.get(model);
  const next = turns !== undefined && turns.length > 1 ? turns.shift() : turns?.[0];
  if (next !== undefined) return next;
  const error = {
    message: `The model ${model} does not exist`,
    type: 'invalid_request_error',
    param: null,
    code: 'model_not_found',
  };
  return [
    { type: 'head', status: 404, headers: { 'content-type': 'application/json' } },
    { type: 'chunks', chunks: [JSON.stringify({ error })], splitAt: [] },
  ];
}

interface Play {
  readonly response: ServerResponse;
  readonly record: UpstreamRequest;
  readonly signal: AbortSignal;
}

async function play(upstream: Upstream, turn: Turn, playing: Play): Promise<void> {
  for (const step of turn) {
    if (playing.signal.aborted) return;
    await playStep(upstream, step, playing);
  }
  playing.response.end();
}

async function playStep(
  upstream: Upstream,
  step: Turn[number],
  { response, record, signal }: Play,
): Promise<void> {
  const untilClosed = async (): Promise<unknown> => signal.aborted || once(signal, 'abort');
  switch (step.type) {
    case 'head':
      response.writeHead(step.status, step.headers).flushHeaders();
      return;
    case 'chunks':
      for (const piece of split(Buffer.from(step.chunks.join('')), step.splitAt))
        await write(response, piece);
      return;
    case 'delay':
      await setTimeout(step.delayMs, undefined, { signal }).catch(() => {});
      return;
    case 'gate':
      await Promise.race([latch(upstream, step.name).promise, untilClosed()]);
      return;
    case 'hang':
      await untilClosed();
      return;
    case 'cut':
      record.state = 'cut';
      response.destroy();
      await untilClosed();
  }
}

function split(bytes: Buffer, splitAt: readonly number[]): Buffer[] {
  const offsets = [0, ...splitAt, bytes.length];
  return offsets.slice(1).map((end, index) => bytes.subarray(offsets[index], end));
}

/** Waits for each write to leave, so that the pieces arrive apart. */
async function write(response: ServerResponse, piece: Buffer): Promise<void> {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (piece.length === 0 || response.destroyed) return;
  await new Promise<void>((resolve) => response.write(piece, () => resolve()));
}
