import type { RunEvent } from '../runs/run-event.ts';
import { type ChunkHeader, createChunkEncoder } from './encode-chunks.ts';
import type { SseEvent } from './sse-event.ts';

/**
 * Encodes a run from its first event on and numbers what the client sees; leaves out what a client that resumes has seen
 * already. A resume so costs the encoding of what it leaves out, and nothing has to be kept for it.
 */
export async function* numberEvents(
  frames: AsyncIterable<readonly RunEvent[]>,
  header: ChunkHeader,
  afterEventId: number,
): AsyncGenerator<readonly SseEvent[]> {
  const encoder = createChunkEncoder(header);
  let id = 0;
  for await (const frame of frames) {
    const events: SseEvent[] = [];
    for (const event of frame) {
      for (const chunk of encoder.encode(event)) {
        id += 1;
        if (id > afterEventId) events.push({ id, ...chunk });
      }
    }
    if (events.length > 0) yield events;
  }
}
