import type { CaluteError } from '../../errors.ts';
import { type CompletedEnd, type RunEnd, toClientError } from '../../runs/run-end.ts';
import { type CommitEvent, isCommit, type RunEvent, startsTools } from '../../runs/run-event.ts';
import { createProgressReader, type ReadProgress } from '../read-progress.ts';
import type { Encoder } from '../run-encoding.ts';
import type { EncodedEvent } from '../sse-event.ts';
import type { ReasoningView } from './open-items.ts';
import { OutputItems } from './output-items.ts';
import {
  failedStatusOf,
  type ResponseHead,
  type ResponseStatus,
  statusOf,
  toResponseObject,
} from './response-object.ts';

export interface ResponseEncoderOptions {
  readonly head: ResponseHead;
  readonly view: ReasoningView;
  readonly showEvents: boolean;
}

const nothing: readonly EncodedEvent[] = [];

/**
 * Turns a run's events, from the first on, into the events of a Response. A failure before anything was said is marked on the
 * first event, so that it can still become a status. The same events always give the same bytes.
 */
export class ResponseEncoder implements Encoder {
  readonly #head: ResponseHead;
  readonly #showEvents: boolean;
  readonly #items: OutputItems;
  #readProgress: ReadProgress | undefined;
  #sequence = 0;
  #stage: 'new' | 'opened' | 'started' = 'new';
  #mayHaveStartedTools = false;

  constructor({ head, view, showEvents }: ResponseEncoderOptions) {
    this.#head = head;
    this.#showEvents = showEvents;
    this.#items = new OutputItems(head.runId, view, head.echo.tools);
  }

  open(): readonly EncodedEvent[] {
    if (this.#stage !== 'new') return nothing;
    this.#stage = 'opened';
    if (this.#isInBackground) return [this.#tell('created', 'queued'), this.#tell('queued', 'queued')];
    this.#stage = 'started';
    return [this.#tell('created', 'in_progress'), this.#tell('in_progress', 'in_progress')];
  }

  encode(event: RunEvent): readonly EncodedEvent[] {
    const isNew = this.#stage === 'new';
    const opening = [...this.open(), ...this.#start()];
    this.#mayHaveStartedTools ||= startsTools(event);
    if (event.type === 'run-end') {
      if (event.end.reason === 'completed') return [...opening, ...this.#complete(event.end)];
      const failing = [...opening, ...this.#fail(event.end)];
      const error = failing.at(-1)?.error;
      return isNew && error ? failing.map((encoded) => ({ ...encoded, error })) : failing;
    }
    const progress = this.#showEvents && isCommit(event) ? this.#progress(event) : nothing;
    return [...opening, ...this.#items.add(event).map((item) => this.#encode(item)), ...progress];
  }

  get #isInBackground(): boolean {
    return this.#head.echo.background === true;
  }

  #start(): readonly EncodedEvent[] {
    if (this.#stage === 'started') return nothing;
    this.#stage = 'started';
    return [this.#tell('in_progress', 'in_progress')];
  }

  #complete(end: CompletedEnd): readonly EncodedEvent[] {
    const status = statusOf(end);
    const closing = this.#items.close(status).map((item) => this.#encode(item));
    return [...closing, this.#tell(status, status, { end }), { data: '[DONE]' }];
  }

  #fail(end: Exclude<RunEnd, CompletedEnd>): readonly EncodedEvent[] {
    const error = toClientError(end, this.#mayHaveStartedTools);
    const closing = this.#items.close('incomplete').map((item) => this.#encode(item));
    const { code, message, param = null } = error;
    const told = this.#encode({ type: 'error', code, message, param });
    const failed = this.#tell('failed', failedStatusOf(end), { end, error });
    return [...closing, { ...told, error }, { ...failed, error }, { data: '[DONE]', error }];
  }

  #progress(event: CommitEvent): readonly EncodedEvent[] {
    this.#readProgress ??= createProgressReader(this.#head.model);
    return this.#readProgress(event).map(({ event: name, ...told }) =>
      this.#encode({ type: `calute.${name.replaceAll('-', '_')}`, ...told }),
    );
  }

  #tell(
    name: string,
    status: ResponseStatus,
    more: { readonly end?: RunEnd; readonly error?: CaluteError } = {},
  ): EncodedEvent {
    const response = toResponseObject(this.#head, { status, output: this.#items.items, ...more });
    return this.#encode({ type: `response.${name}`, response });
  }

  #encode({ type, ...more }: { readonly type: string } & Readonly<Record<string, unknown>>): EncodedEvent {
    const data = JSON.stringify({ type, sequence_number: this.#sequence, ...more });
    this.#sequence += 1;
    return { name: type, data };
  }
}
