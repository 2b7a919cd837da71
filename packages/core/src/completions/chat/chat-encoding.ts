import type { RunId } from '../../ids.ts';
import type { QueuePlace } from '../../run-store/backlog/backlog.ts';
import type { EncodedRun, RunEncoding } from '../run-encoding.ts';
import type { EncodedEvent } from '../sse-event.ts';
import type { ChatCompletion } from './chat-completion.ts';
import { ChunkEncoder, type ChunkHeader } from './encode-chunks.ts';
import { createCompletionGatherer } from './encode-completion.ts';

/** OpenAI's chat completions. */
export function openChatEncoding(runId: RunId, { createdMs, request }: EncodedRun): ChatEncoding {
  return new ChatEncoding({
    id: runId,
    created: Math.floor(createdMs / 1000),
    model: request.chat.model,
    includeUsage: request.chat.stream_options?.include_usage === true,
    showEvents: request.showEvents,
  });
}

/** A class, because each open stream has one. */
class ChatEncoding implements RunEncoding<ChatCompletion> {
  readonly firstEventId = 1;
  readonly openAfterMs = undefined;
  readonly #header: ChunkHeader;

  constructor(header: ChunkHeader) {
    this.#header = header;
  }

  get showEvents(): boolean {
    return this.#header.showEvents;
  }

  createEncoder() {
    return new ChunkEncoder(this.#header);
  }

  createGatherer() {
    return createCompletionGatherer(this.#header);
  }

  encodePlace({ position, waitMs }: QueuePlace): EncodedEvent {
    const { id, created, model, includeUsage } = this.#header;
    const chunk = {
      id,
      object: 'chat.completion.chunk',
      created,
      model,
      choices: [{ index: 0, delta: {}, finish_reason: null }],
      ...(includeUsage ? { usage: null } : {}),
      calute: { event: 'queued', position, ...(waitMs === undefined ? {} : { wait_ms: waitMs }) },
    };
    return { data: JSON.stringify(chunk) };
  }
}
