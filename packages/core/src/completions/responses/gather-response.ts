import { type CompletedEnd, type RunEnd, toClientError } from '../../runs/run-end.ts';
import { type RunEvent, startsTools } from '../../runs/run-event.ts';
import type { Gatherer } from '../run-encoding.ts';
import type { ReasoningView } from './open-items.ts';
import { OutputItems } from './output-items.ts';
import {
  failedStatusOf,
  type ResponseHead,
  type ResponseObject,
  statusOf,
  toResponseObject,
} from './response-object.ts';

/** Gathers a run's events into one Response, which may be asked for before the run has ended. */
export class ResponseGatherer implements Gatherer<ResponseObject> {
  readonly #head: ResponseHead;
  readonly #items: OutputItems;
  #mayHaveStartedTools = false;

  constructor(head: ResponseHead, view: ReasoningView) {
    this.#head = head;
    this.#items = new OutputItems(head.runId, view, head.echo.tools);
  }

  add(event: Exclude<RunEvent, { type: 'run-end' }>): void {
    this.#mayHaveStartedTools ||= startsTools(event);
    this.#items.add(event);
  }

  finish(end: CompletedEnd): ResponseObject {
    const status = statusOf(end);
    this.#items.close(status);
    return toResponseObject(this.#head, { status, output: this.#items.items, end });
  }

  fail(end: Exclude<RunEnd, CompletedEnd>) {
    return toClientError(end, this.#mayHaveStartedTools);
  }

  /** The Response of a run that has ended, however it did. */
  conclude(end: RunEnd): ResponseObject {
    if (end.reason === 'completed') return this.finish(end);
    this.#items.close('incomplete');
    const [status, error] = [failedStatusOf(end), this.fail(end)];
    const failure = status === 'failed' ? { error } : {};
    return toResponseObject(this.#head, { status, output: this.#items.items, end, ...failure });
  }

  /** The Response of a run that goes on. */
  describe(status: 'queued' | 'in_progress'): ResponseObject {
    return toResponseObject(this.#head, { status, output: this.#items.items });
  }
}
