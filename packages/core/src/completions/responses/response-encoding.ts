import type { RunId } from '../../ids.ts';
import type { ResponseRequest } from '../../protocol/responses/response-request.ts';
import type { QueuePlace } from '../../run-store/backlog/backlog.ts';
import type { EncodedRun, RunEncoding } from '../run-encoding.ts';
import type { EncodedEvent } from '../sse-event.ts';
import { ResponseGatherer } from './gather-response.ts';
import type { ReasoningView } from './open-items.ts';
import { responseOf } from './read-run.ts';
import { ResponseEncoder, type ResponseEncoderOptions } from './response-encoder.ts';
import type { ResponseObject } from './response-object.ts';

/** As long as a stream's headers wait: until then a failure is a status. */
const openAfterMs = 1000;

/** OpenAI's Responses. Throws for a run that was asked for as something else: that is a bug. */
export function openResponseEncoding(runId: RunId, run: EncodedRun): ResponseEncoding {
  const { chat, showEvents } = run.request;
  const response = responseOf(run.request);
  if (response === undefined) throw new Error(`The run ${runId} was not asked for as a Response.`);
  const { input, ...echo } = response;
  const head = { runId, createdMs: run.createdMs, model: chat.model, echo };
  return new ResponseEncoding({ head, view: toReasoningView(echo), showEvents });
}

class ResponseEncoding implements RunEncoding<ResponseObject> {
  readonly firstEventId = 0;
  readonly #options: ResponseEncoderOptions;

  constructor(options: ResponseEncoderOptions) {
    this.#options = options;
  }

  /** A client of a run in the background wants its id at once. */
  get openAfterMs(): number {
    return this.#options.head.echo.background === true ? 0 : openAfterMs;
  }

  get showEvents(): boolean {
    return this.#options.showEvents;
  }

  createEncoder() {
    return new ResponseEncoder(this.#options);
  }

  createGatherer() {
    return new ResponseGatherer(this.#options.head, this.#options.view);
  }

  encodePlace({ position, waitMs }: QueuePlace): EncodedEvent {
    const type = 'calute.queued';
    const place = { type, position, ...(waitMs === undefined ? {} : { wait_ms: waitMs }) };
    return { name: type, data: JSON.stringify(place) };
  }
}

function toReasoningView({ reasoning, include }: Omit<ResponseRequest, 'input'>): ReasoningView {
  return {
    summary: reasoning?.summary !== undefined || reasoning?.generate_summary !== undefined,
    encrypted: include?.includes('reasoning.encrypted_content') === true,
  };
}
