import type { RunEvent } from '../runs/run-event.ts';
import { ChunkEncoder, type ChunkHeader } from './encode-chunks.ts';
import type { SseEvent } from './sse-event.ts';

/** Takes a run's frames in order, from the first on; gives what the client still has to see of each. */
export type NumberEvents = (frame: readonly RunEvent[]) => readonly SseEvent[];

/**
 * Encodes a run from its first event on and numbers what the client sees; leaves out what a client that resumes has seen
 * already. A resume so costs the encoding of what it leaves out, and nothing has to be kept for it.
 */
export function createNumberEvents(header: ChunkHeader, afterEventId: number): NumberEvents {
  const encoder = new ChunkEncoder(header);
  let id = 0;
  return (frame) => {
    const events: SseEvent[] = [];
    for (const event of frame) {
      for (const chunk of encoder.encode(event)) {
        id += 1;
        if (id > afterEventId) events.push({ id, ...chunk });
      }
    }
    return events;
  };
}
