import type { RunId } from '../ids.ts';
import type { RunHeader } from '../run-store/run-log.ts';
import type { ChunkHeader } from './encode-chunks.ts';

/** What every reader of a run encodes it with. */
export function toChunkHeader(runId: RunId, { createdMs, request }: Omit<RunHeader, 'tenant'>): ChunkHeader {
  return {
    id: runId,
    created: Math.floor(createdMs / 1000),
    model: request.chat.model,
    includeUsage: request.chat.stream_options?.include_usage === true,
    showEvents: request.showEvents,
  };
}
