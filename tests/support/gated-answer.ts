import { chatChunk, textAnswer } from './scripted-upstream-chunks.ts';
import type { UpstreamStep } from './scripted-upstream-script.ts';

/** Says `before`, waits for the gate, then says `after` and finishes. */
export function gatedAnswer(
  before: readonly string[],
  gate: string,
  after: readonly string[],
): UpstreamStep[] {
  return [...unfinished(before), { type: 'gate', name: gate }, ...textAnswer(after)];
}

/** As `gatedAnswer`, but each of `before` waits for a gate of its own first: `GATE-0`, `GATE-1`, … So they can arrive apart. */
export function steppedAnswer(
  before: readonly string[],
  gate: string,
  after: readonly string[],
): UpstreamStep[] {
  const steps = before.flatMap((text, index): UpstreamStep[] => [
    { type: 'gate', name: `${gate}-${index}` },
    { type: 'chunks', chunks: [chatChunk({ content: text })] },
  ]);
  return [...steps, { type: 'gate', name: gate }, ...textAnswer(after)];
}

/** Says `texts`, then nothing more until the client closes. */
export function hangingAnswer(texts: readonly string[]): UpstreamStep[] {
  return [...unfinished(texts), { type: 'hang' }];
}

function unfinished(texts: readonly string[]): UpstreamStep[] {
  const deltas = texts.map((content) => chatChunk({ content }));
  return [{ type: 'chunks', chunks: [chatChunk({ role: 'assistant', content: '' }), ...deltas] }];
}
