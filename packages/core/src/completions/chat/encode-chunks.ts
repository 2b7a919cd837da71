import { type CaluteError, toErrorBody } from '../../errors.ts';
import { type CompletedEnd, toClientError } from '../../runs/run-end.ts';
import { isVisible, type RunEvent, startsTools } from '../../runs/run-event.ts';
import { encodeUsage } from '../encode-usage.ts';
import type { Encoder } from '../run-encoding.ts';
import type { EncodedEvent } from '../sse-event.ts';
import { ChoiceEncoder, type ChunkFrame, encodeTier } from './encode-choice.ts';

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

const nothing: readonly EncodedEvent[] = [];
const done: EncodedEvent = { data: '[DONE]' };

/**
 * Turns a run's events, from the first on, into `chat.completion.chunk`s: the role of a choice comes with the first thing
 * that is shown of it, a failure becomes an error envelope without `[DONE]`. The same events always give the same bytes.
 */
export class ChunkEncoder implements Encoder {
  readonly #header: ChunkHeader;
  readonly #frame: ChunkFrame;
  readonly #choices: ChoiceEncoder[] = [];
  #mayHaveStartedTools = false;

  constructor(header: ChunkHeader) {
    const { id, created, model, includeUsage } = header;
    const head = `{"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},"choices":[`;
    this.#header = header;
    this.#frame = { head, tail: includeUsage ? ',"usage":null' : '', model };
  }

  /** The role comes with the first thing that is shown. */
  open(): readonly EncodedEvent[] {
    return nothing;
  }

  encode(event: RunEvent): readonly EncodedEvent[] {
    this.#mayHaveStartedTools ||= startsTools(event);
    if (isVisible(event)) return this.#choice(event.choice).show(event);
    if (event.type === 'run-end') {
      return event.end.reason === 'completed'
        ? this.#complete(event.end)
        : [encodeFailure(toClientError(event.end, this.#mayHaveStartedTools))];
    }
    if (event.type === 'choice-end') return this.#choice(event.choice).finish(event.end);
    return this.#header.showEvents ? this.#choice(event.choice).progress(event) : nothing;
  }

  #complete(end: CompletedEnd): readonly EncodedEvent[] {
    const first = this.#choice(0);
    // Of several choices each has said its own reason.
    const finish = first.isFinished ? nothing : first.finish(end);
    if (!this.#header.includeUsage) return [...finish, done];
    const usage = JSON.stringify(encodeUsage(end));
    return [...finish, { data: `${this.#frame.head}]${encodeTier(end)},"usage":${usage}}` }, done];
  }

  #choice(index = 0): ChoiceEncoder {
    const choice = this.#choices[index] ?? new ChoiceEncoder(this.#frame, index);
    this.#choices[index] = choice;
    return choice;
  }
}

function encodeFailure(error: CaluteError): EncodedEvent {
  return { data: JSON.stringify(toErrorBody(error)), error };
}
