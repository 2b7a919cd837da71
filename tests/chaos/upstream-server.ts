import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { chatChunk } from '../support/scripted-upstream-chunks.ts';
import { judgeText } from './oracle/judge-text.ts';
import { createRandom } from './random.ts';
import {
  type UpstreamOrder,
  type UpstreamReport,
  type UpstreamRequest,
  upstreamOrderSchema,
} from './upstream-record.ts';

const messageSchema = z.object({ role: z.string(), content: z.unknown() });
type Message = z.infer<typeof messageSchema>;
const bodySchema = z.object({ messages: z.array(messageSchema) });

/**
 * An OpenAI-compatible server whose text differs at every attempt: token 5 of the second request for run r17 is
 * `r17.a2.t5 `, so that what was lost, doubled, reordered or spliced shows in any text. It remembers every request.
 */
export function createChaosUpstream(): Server {
  const report: UpstreamReport = { requests: [], refused: 0, tools: [] };
  const refused = new Set<string>();
  return createServer({ noDelay: true }, (request, response) => {
    handle({ report, refused }, request, response).catch(() => response.destroy());
  });
}

interface Memory {
  readonly report: UpstreamReport;
  /** Runs whose first request was refused. */
  readonly refused: Set<string>;
}

async function handle(memory: Memory, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { report } = memory;
  const url = new URL(request.url ?? '/', 'http://upstream');
  const body = (await buffer(request)).toString();
  switch (url.pathname) {
    case '/control/report':
      response.end(JSON.stringify(report));
      return;
    case '/control/tool':
      report.tools.push({
        run: url.searchParams.get('run') ?? '',
        callId: url.searchParams.get('call') ?? '',
      });
      response.end('recorded');
      return;
    default:
      await complete(memory, request, response, body);
  }
}

async function complete(
  { report, refused }: Memory,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const { messages } = bodySchema.parse(JSON.parse(body));
  const order = upstreamOrderSchema.parse(
    JSON.parse(String(messages.find(({ role }) => role === 'user')?.content)),
  );
  if (order.refusedFirst && !refused.has(order.run)) {
    refused.add(order.run);
    report.refused += 1;
    response.writeHead(429, { 'retry-after': '1' }).end(JSON.stringify({ error: { message: 'busy' } }));
    return;
  }
  const record: UpstreamRequest = {
    run: order.run,
    attempt: 1 + report.requests.filter(({ run }) => run === order.run).length,
    worker: (request.headers.authorization ?? '').replace(/^Bearer /, ''),
    openedMs: Date.now(),
    state: 'open',
  };
  report.requests.push(record);
  const closed = new AbortController();
  response.once('close', () => {
    record.closedMs = Date.now();
    if (record.state === 'open') record.state = response.writableFinished ? 'finished' : 'left';
    closed.abort();
  });
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  const part = choosePart(order, messages);
  await answer(order, part, { record, response, signal: closed.signal }).catch(() => undefined); // because an abort is a normal end
}

/** Which tokens this request is answered with. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly callsTool: boolean;
  /** Whether the text before is as it was given. */
  readonly isSound: boolean;
}

function choosePart({ run, tokens, toolAfter }: UpstreamOrder, messages: readonly Message[]): Part {
  if (toolAfter === undefined) return { from: 1, to: tokens, callsTool: false, isSound: true };
  const result = messages.find(({ role }) => role === 'tool');
  if (result === undefined) return { from: 1, to: toolAfter, callsTool: true, isSound: true };
  const said = String(messages.find(({ role }) => role === 'assistant')?.content ?? '');
  const faults = judgeText(said, { tag: run, tokens: toolAfter, completed: true });
  return {
    from: toolAfter + 1,
    to: tokens,
    callsTool: false,
    isSound: faults.length === 0 && result.content === 'recorded',
  };
}

interface Answering {
  readonly record: UpstreamRequest;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

async function answer(
  order: UpstreamOrder,
  part: Part,
  { record, response, signal }: Answering,
): Promise<void> {
  const { run, cutAt } = order;
  const { attempt } = record;
  // No two attempts go at the same speed, so that a zombie may overtake its successor.
  const speed = 0.4 + createRandom(attempt, run).next();
  await delay(order.firstTokenMs, undefined, { signal });
  if (!part.isSound) response.write(chatChunk({ content: 'unsound-history ' }));
  for (let token = part.from; token <= part.to; token++) {
    if (token === cutAt) {
      record.state = 'cut';
      response.destroy();
      return;
    }
    const content = `${run}.a${attempt}.t${token}${'x'.repeat(order.padBytes)} `;
    response.write(chatChunk(token === 1 ? { role: 'assistant', content } : { content }));
    await delay(order.paceMs * speed, undefined, { signal });
  }
  const call = {
    id: `call-${run}`,
    type: 'function',
    function: { name: 'record', arguments: JSON.stringify({ run }) },
  };
  if (part.callsTool) response.write(chatChunk({ tool_calls: [{ index: 0, ...call }] }));
  const completion = part.to - part.from + 1;
  const usage = { prompt_tokens: 7, completion_tokens: completion, total_tokens: 7 + completion };
  response.write(chatChunk({}, part.callsTool ? 'tool_calls' : 'stop'));
  response.end(`data: ${JSON.stringify({ id: 'chatcmpl-up', choices: [], usage })}\n\ndata: [DONE]\n\n`);
}
