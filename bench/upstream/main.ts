import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { serve } from '../serve.ts';
import { lastEvents, tokenEvents, wholeAnswer } from './answer.ts';

interface Asked {
  readonly model?: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

const lasts = { plain: lastEvents(false), usage: lastEvents(true) };
const bursts = {
  plain: Buffer.concat([...tokenEvents, lasts.plain]),
  usage: Buffer.concat([...tokenEvents, lasts.usage]),
};
const pacesMs = new Map([
  ['mock-paced', 10],
  ['mock-slow', 20_000],
]);

await serve((request, response) => {
  answer(request, response).catch(() => response.destroy());
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = (await json(request)) as Asked; // because only the benchmark's own peers ask
  if (asked.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': wholeAnswer.length });
    response.end(wholeAnswer);
    return;
  }
  const kind = asked.stream_options?.include_usage === true ? 'usage' : 'plain';
  const paceMs = pacesMs.get(asked.model ?? '');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (paceMs === undefined) response.end(bursts[kind]);
  else pace(response, { paceMs, last: lasts[kind] });
}

/** The first token at once, then one per tick. */
function pace(response: ServerResponse, { paceMs, last }: { paceMs: number; last: Buffer }): void {
  let next = 0;
  const write = () => {
    const event = tokenEvents[next];
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
