import { type CaluteError, toErrorBody } from '../errors.ts';
import { type CompletedEnd, toClientError } from '../runs/run-end.ts';
import { isVisible, type RunEvent, startsTools } from '../runs/run-event.ts';
import { type ChoiceEncoder, createChoiceEncoder, encodeTier } from './encode-choice.ts';
import { encodeUsage } from './encode-usage.ts';
import type { EncodedChunk } from './encoded-chunk.ts';

/** What stands in every chunk of a stream, the same for every reader of the run. */
export interface ChunkHeader {
  readonly id: string;
  /** Unix seconds. */
  readonly created: number;
  readonly model: string;
  readonly includeUsage: boolean;
  /** Whether progress was asked for: hidden commits then become chunks of their own. */
  readonly showEvents: boolean;
}

/**
 * Turns a run's events, from the first on, into `chat.completion.chunk`s: the role of a choice comes with the first thing
 * that is shown of it, a failure becomes an error envelope without `[DONE]`. The same events always give the same bytes.
 */
export interface ChunkEncoder {
  encode(event: RunEvent): readonly EncodedChunk[];
}

const nothing: readonly EncodedChunk[] = [];
const done: EncodedChunk = { data: '[DONE]' };

export function createChunkEncoder(header: ChunkHeader): ChunkEncoder {
  const { id, created, model, includeUsage, showEvents } = header;
  const head = `{"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},"choices":[`;
  const frame = { head, tail: includeUsage ? ',"usage":null' : '', model };
  const choices: ChoiceEncoder[] = [];
  const choiceOf = (choice = 0) => (choices[choice] ??= createChoiceEncoder(frame, choice));
  let mayHaveStartedTools = false;

  const complete = (end: CompletedEnd): readonly EncodedChunk[] => {
    const first = choiceOf();
    // Of several choices each has said its own reason.
    const finish = first.isFinished ? nothing : first.finish(end);
    if (!includeUsage) return [...finish, done];
    const usage = { data: `${head}]${encodeTier(end)},"usage":${JSON.stringify(encodeUsage(end))}}` };
    return [...finish, usage, done];
  };
  return {
    encode(event) {
      mayHaveStartedTools ||= startsTools(event);
      if (isVisible(event)) return choiceOf(event.choice).show(event);
      if (event.type === 'run-end') {
        return event.end.reason === 'completed'
          ? complete(event.end)
          : [encodeFailure(toClientError(event.end, mayHaveStartedTools))];
      }
      if (event.type === 'choice-end') return choiceOf(event.choice).finish(event.end);
      return showEvents ? choiceOf(event.choice).progress(event) : nothing;
    },
  };
}

function encodeFailure(error: CaluteError): EncodedChunk {
  return { data: JSON.stringify(toErrorBody(error)), error };
}
