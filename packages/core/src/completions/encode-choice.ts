import type { CompletedEnd } from '../runs/run-end.ts';
import type { CommitEvent, VisibleEvent } from '../runs/run-event.ts';
import { encodeNote } from './encode-note.ts';
import type { EncodedChunk } from './encoded-chunk.ts';
import { createProgressReader, type Progress } from './read-progress.ts';

/** What all chunks of a stream have in common. */
export interface ChunkFrame {
  /** Up to and with `"choices":[`. */
  readonly head: string;
  /** Between the choices and the closing brace, where there is no usage. */
  readonly tail: string;
  readonly model: string;
}

/** Encodes what one choice says, from its first event on; the role comes with the first chunk. */
export interface ChoiceEncoder {
  readonly isFinished: boolean;
  show(event: VisibleEvent): readonly EncodedChunk[];
  /** What its commits tell a client that asked for progress. */
  progress(event: CommitEvent): readonly EncodedChunk[];
  /** The finish reason; nothing comes after it. */
  finish(end: CompletedEnd): readonly EncodedChunk[];
}

export function createChoiceEncoder({ head, tail, model }: ChunkFrame, index: number): ChoiceEncoder {
  // Nearly every chunk is this head, a delta and this tail: cheaper than to stringify the whole each time.
  const deltaHead = `${head}{"index":${index},"delta":`;
  const deltaTail = `,"finish_reason":null}]${tail}}`;
  const roleChunk = { data: `${deltaHead}{"role":"assistant","content":""}${deltaTail}` };
  const readProgress = createProgressReader(model);
  let opened = false;
  let isFinished = false;

  const afterRole = (...chunks: readonly EncodedChunk[]): readonly EncodedChunk[] => {
    if (opened || chunks.length === 0) return chunks;
    opened = true;
    return [roleChunk, ...chunks];
  };
  const encodeProgress = (progress: Progress): EncodedChunk => ({
    data: `${deltaHead}{},"finish_reason":null}]${tail},"calute":${JSON.stringify(progress)}}`,
  });
  return {
    get isFinished() {
      return isFinished;
    },
    show: (event) =>
      afterRole({ data: `${deltaHead}${encodeDelta(event)}${encodeLogprobs(event)}${deltaTail}` }),
    progress: (event) => afterRole(...readProgress(event).map(encodeProgress)),
    finish(end) {
      isFinished = true;
      const reason = `${deltaHead}{},"finish_reason":"${end.finishReason}"}]`;
      return afterRole({ data: `${reason}${encodeTier(end)}${tail}${encodeExtension(end)}}` });
    },
  };
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
      const { index, id, name } = event;
      return JSON.stringify({
        tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
      });
    }
    case 'tool-call-delta':
      return JSON.stringify({
        tool_calls: [{ index: event.index, function: { arguments: event.arguments } }],
      });
  }
}

function encodeLogprobs(event: VisibleEvent): string {
  if (event.type !== 'text-delta' || event.logprobs === undefined) return '';
  return `,"logprobs":${JSON.stringify({ content: event.logprobs, refusal: null })}`;
}
