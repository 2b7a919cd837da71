import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { tokensAskedIn } from '../prompt.ts';
import { serve } from '../serve.ts';
import { answerOf } from './answer.ts';

interface Asked {
  readonly model?: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly messages?: readonly { readonly content?: unknown }[];
}

const pacesMs = new Map([
  ['mock-brisk', 2],
  ['mock-paced', 10],
  ['mock-talking', 200],
  ['mock-slow', 20_000],
]);

await serve((request, response) => {
  answer(request, response).catch(() => response.destroy());
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = (await json(request)) as Asked; // because only the benchmark's own peers ask
  const { tokens, last, burst, whole } = answerOf(tokensAskedIn(promptOf(asked)));
  if (asked.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
    response.end(whole);
    return;
  }
  const kind = asked.stream_options?.include_usage === true ? 'usage' : 'plain';
  if (asked.model === 'mock-late') await wait(nextLateMs());
  const paceMs = pacesMs.get(asked.model ?? '');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (paceMs === undefined) response.end(burst[kind]);
  else pace(response, { paceMs, tokens, last: last[kind] });
}

let late = 0;

/** 0.5 to 1.5 s, spread evenly: answers that all took the same time would end in waves. */
function nextLateMs(): number {
  late += 617;
  return 500 + (late % 1000);
}

function promptOf({ messages = [] }: Asked): string {
  const content = messages.at(-1)?.content;
  return typeof content === 'string' ? content : JSON.stringify(content);
}

interface Pace {
  readonly paceMs: number;
  readonly tokens: readonly Buffer[];
  readonly last: Buffer;
}

/** The first token at once, then one per tick. */
function pace(response: ServerResponse, { paceMs, tokens, last }: Pace): void {
  let next = 0;
  const write = () => {
    const event = tokens[next];
    next += 1;
    if (event !== undefined) {
      response.write(event);
      return;
    }
    clearInterval(timer);
    response.end(last);
  };
  const timer = setInterval(write, paceMs);
  response.once('close', () => clearInterval(timer));
  write();
}
