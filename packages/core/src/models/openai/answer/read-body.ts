import { emptyCall } from '../../fake-upstream.ts';
import type { ModelEvent } from '../../model-provider.ts';
import { readOpenAiStream } from './read-openai-stream.ts';

const upstream = { host: 'up', apiKey: 'sk-secret' };
const { signal } = new AbortController();

/** What comes of a body that is cut at these places. */
export async function readBody(body: Buffer, places: readonly number[] = []): Promise<readonly ModelEvent[]> {
  const at = places.map((place) => place % (body.length + 1)).toSorted((one, other) => one - other);
  const pieces = [0, ...at].map((from, index) => body.subarray(from, at[index]));
  return (
    await Array.fromAsync(readOpenAiStream(toBody(pieces), { upstream, call: emptyCall, signal }))
  ).flat();
}

async function* toBody(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** What was said, however it was cut. */
export function gather(events: readonly ModelEvent[]) {
  const said = { text: '', reasoning: '', calls: [] as { name: string; arguments: string }[], end: '' };
  for (const event of events) {
    if (event.type === 'text-delta') said.text += event.text;
    if (event.type === 'reasoning-delta') said.reasoning += event.text;
    if (event.type === 'tool-call') said.calls[event.index] = { name: event.name, arguments: '' };
    if (event.type === 'tool-call-delta' && said.calls[event.index] !== undefined)
      (said.calls[event.index] as { arguments: string }).arguments += event.arguments; // because it is there
    if (event.type === 'model-end') said.end = event.finishReason;
  }
  return said;
}
