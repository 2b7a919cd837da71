import type { CompletedEnd } from '../../runs/run-end.ts';
import type { CommitEvent, VisibleEvent } from '../../runs/run-event.ts';
import { encodeNote } from '../encode-note.ts';
import { createProgressReader, type ReadProgress } from '../read-progress.ts';
import type { EncodedEvent } from '../sse-event.ts';

/** What all chunks of a stream have in common. */
export interface ChunkFrame {
  /** Up to and with `"choices":[`. */
  readonly head: string;
  /** Between the choices and the closing brace, where there is no usage. */
  readonly tail: string;
  readonly model: string;
}

/**
 * Encodes what one choice says, from its first event on; the role comes with the first chunk.
 * A class, because each open stream has one: closures, and chunks made beforehand, took more.
 */
export class ChoiceEncoder {
  /** Nearly every chunk is this, a delta and what follows: cheaper than to stringify the whole each time. */
  readonly #deltaHead: string;
  readonly #tail: string;
  readonly #model: string;
  #readProgress: ReadProgress | undefined;
  #opened = false;
  #isFinished = false;

  constructor({ head, tail, model }: ChunkFrame, index: number) {
    this.#deltaHead = `${head}{"index":${index},"delta":`;
    this.#tail = tail;
    this.#model = model;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  show(event: VisibleEvent): readonly EncodedEvent[] {
    const chunk = this.#chunk(`${encodeDelta(event)}${encodeLogprobs(event)}`);
    // As OpenAI has it: null says that there is no text, and clients keep that in their history.
    return this.#afterRole([chunk], event.type === 'tool-call' ? 'null' : '""');
  }

  /** What its commits tell a client that asked for progress. */
  progress(event: CommitEvent): readonly EncodedEvent[] {
    this.#readProgress ??= createProgressReader(this.#model);
    return this.#afterRole(
      this.#readProgress(event).map((progress) => this.#chunk('{}', `,"calute":${JSON.stringify(progress)}`)),
    );
  }

  /** The finish reason; nothing comes after it. */
  finish(end: CompletedEnd): readonly EncodedEvent[] {
    this.#isFinished = true;
    const reason = `${this.#deltaHead}{},"finish_reason":"${end.finishReason}"}]`;
    return this.#afterRole([{ data: `${reason}${encodeTier(end)}${this.#tail}${encodeExtension(end)}}` }]);
  }

  #afterRole(chunks: readonly EncodedEvent[], content = '""'): readonly EncodedEvent[] {
    if (this.#opened || chunks.length === 0) return chunks;
    this.#opened = true;
    return [this.#chunk(`{"role":"assistant","content":${content}}`), ...chunks];
  }

  #chunk(delta: string, extension = ''): EncodedEvent {
    return { data: `${this.#deltaHead}${delta},"finish_reason":null}]${this.#tail}${extension}}` };
  }
}

/** The tier that the upstream used, as a further field of a chunk. */
export function encodeTier({ serviceTier }: CompletedEnd): string {
  return serviceTier === undefined ? '' : `,"service_tier":${JSON.stringify(serviceTier)}`;
}

/** The note as a further field of a chunk. */
function encodeExtension(end: CompletedEnd): string {
  const { calute } = encodeNote(end);
  return calute === undefined ? '' : `,"calute":${JSON.stringify(calute)}`;
}

function encodeDelta(event: VisibleEvent): string {
  switch (event.type) {
    case 'text-delta':
      return `{"content":${JSON.stringify(event.text)}}`;
    case 'reasoning-delta': {
      // Clients read one or the other.
      const text = JSON.stringify(event.text);
      return `{"reasoning":${text},"reasoning_content":${text}}`;
    }
    case 'tool-call': {
      const { index, id, name, opaque } = event;
      return JSON.stringify({
        tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' }, ...opaque }],
      });
    }
    case 'tool-call-delta':
      return JSON.stringify({
        tool_calls: [{ index: event.index, function: { arguments: event.arguments } }],
      });
    case 'opaque-delta': {
      const { index, fields } = event;
      if (index === undefined) return JSON.stringify(fields);
      return JSON.stringify({ tool_calls: [{ index, function: { arguments: '' }, ...fields }] });
    }
    case 'embedding':
      return '{}'; // because no chat has one
  }
}

function encodeLogprobs(event: VisibleEvent): string {
  if (event.type !== 'text-delta' || event.logprobs === undefined) return '';
  return `,"logprobs":${JSON.stringify({ content: event.logprobs, refusal: null })}`;
}
