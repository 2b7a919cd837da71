import { CaluteError } from '../../errors.ts';
import type { RunId, TenantId } from '../../ids.ts';
import type { ChatRequest } from '../../protocol/chat-request.ts';
import type { InputItem } from '../../protocol/responses/input-item.ts';
import type { ResponseRequest } from '../../protocol/responses/response-request.ts';
import type { Backlog } from '../../run-store/backlog/backlog.ts';
import type { RunCatalogue, RunDescription } from '../../run-store/catalogue/run-catalogue.ts';
import type { RunReader } from '../../run-store/run-log.ts';
import type { CompletionContext, FollowContext } from '../completion-context.ts';
import { encodeQueue } from '../encode-queue.ts';
import { readEvents } from '../read-events.ts';
import type { RunRelay } from '../run-relay.ts';
import type { SseEvent } from '../sse-event.ts';
import type { AskedRun, SubmitRun, SubmittedRun } from '../submit-run.ts';
import type { ConversationService } from './conversation-service.ts';
import { assertResponse, toInputItems, unknownResponse } from './read-run.ts';
import { openResponseEncoding } from './response-encoding.ts';
import { toRunId } from './response-ids.ts';
import type { ResponseObject } from './response-object.ts';

export interface ResponseServiceParts {
  readonly log: Pick<RunReader, 'read'>;
  readonly catalogue: RunCatalogue;
  readonly backlog: Pick<Backlog, 'find'>;
  readonly relay: RunRelay;
  readonly submit: SubmitRun;
  readonly conversations: Pick<ConversationService, 'join'>;
  /** How long a response is kept after its end, unless the key says otherwise. */
  readonly responseRetentionMs: number;
  /** Of one tenant. */
  readonly mostKept: number;
}

/** A response that was admitted: what its client sees again, and what a worker runs. */
export interface AskedResponse {
  readonly request: ResponseRequest;
  readonly chat: ChatRequest;
  /** How many entries the conversation has that it goes on from. */
  readonly conversationLength?: number;
}

/** What the API does with responses. They are runs like any other; a kept one is a run whose record and log are kept for longer. */
export class ResponseService {
  readonly #parts: ResponseServiceParts;

  constructor(parts: ResponseServiceParts) {
    this.#parts = parts;
  }

  /** One whole response. Throws CaluteError, also for a run that failed: as a status it can be retried. */
  create(asked: AskedResponse, context: CompletionContext): Promise<ResponseObject> {
    return this.#parts.relay.gather(this.#submit(asked, context), context);
  }

  /** The events of a response, up to `[DONE]`. */
  createStreaming(asked: AskedResponse, context: CompletionContext): AsyncGenerator<readonly SseEvent[]> {
    const goesOn =
      asked.request.background === true ? { ...context, onDisconnect: 'continue' as const } : context;
    return this.#parts.relay.stream(this.#submit(asked, goesOn), goesOn);
  }

  /** The response as it is once it was accepted; it goes on whatever its client does. */
  async createInBackground(asked: AskedResponse, context: CompletionContext): Promise<ResponseObject> {
    const goesOn = { ...context, onDisconnect: 'continue' as const };
    const run = await this.#submit(asked, goesOn);
    run.events.stop();
    return this.#describe(await this.#find(run.runId, context.identity.tenant));
  }

  /** The response as far as it has come. Throws `response_not_found`. */
  async retrieve(responseId: string, tenant: TenantId): Promise<ResponseObject> {
    return this.#describe(await this.#findById(responseId, tenant));
  }

  /** Its events again, byte for byte. Throws `response_not_found`. */
  async *follow(responseId: string, context: FollowContext): AsyncGenerator<readonly SseEvent[]> {
    const { runId } = await this.#findById(responseId, context.identity.tenant);
    yield* this.#parts.relay.follow(runId, context, openResponseEncoding);
  }

  /** Ends it, queued or running; idempotent. Throws `response_not_found`. */
  async cancel(responseId: string, { identity }: Pick<FollowContext, 'identity'>): Promise<ResponseObject> {
    const { runId } = await this.#findById(responseId, identity.tenant);
    await this.#parts.relay.cancel(runId, identity);
    return this.retrieve(responseId, identity.tenant);
  }

  /** Forgets it; one that goes on is ended before. Throws `response_not_found`. */
  async remove(responseId: string, { identity }: Pick<FollowContext, 'identity'>): Promise<void> {
    const { catalogue, relay } = this.#parts;
    const { runId, state } = await this.#findById(responseId, identity.tenant);
    if (state !== 'ended') await relay.cancel(runId, identity);
    const outcome = await catalogue.remove(runId, identity.tenant);
    if (outcome === 'unknown') throw unknownResponse();
  }

  /** The items that it was asked with, in their order. Throws `response_not_found`. */
  async inputItems(responseId: string, tenant: TenantId): Promise<readonly (InputItem & { id: string })[]> {
    return toInputItems(await this.#findById(responseId, tenant));
  }

  async #submit(asked: AskedResponse, context: CompletionContext): Promise<SubmittedRun<ResponseObject>> {
    const { submit, conversations, relay } = this.#parts;
    const { conversation } = asked.request;
    const run = await submit(this.#toRun(asked, context), context, openResponseEncoding);
    if (conversation === undefined) return run;
    const { identity } = context;
    const { runId } = run;
    try {
      await conversations.join(identity.tenant, conversation, {
        runId,
        length: asked.conversationLength ?? 0,
      });
      return run;
    } catch (error) {
      // Nobody will be told of this run.
      run.events.stop();
      await relay.cancel(runId, identity).catch(() => undefined);
      throw error;
    }
  }

  #toRun({ request, chat }: AskedResponse, { identity }: CompletionContext): AskedRun {
    const { responseRetentionMs, mostKept } = this.#parts;
    if (request.store === false) return { chat, response: request };
    const retentionMs = identity.retentionMs ?? responseRetentionMs;
    return { chat, response: request, keep: { as: 'response', retentionMs, atMost: mostKept } };
  }

  #findById(responseId: string, tenant: TenantId): Promise<RunDescription> {
    const runId = toRunId(responseId);
    if (runId === undefined) throw unknownResponse();
    return this.#find(runId, tenant);
  }

  async #find(runId: RunId, tenant: TenantId): Promise<RunDescription> {
    const [found] = await this.#parts.catalogue.find([runId]);
    return assertResponse(found, tenant);
  }

  async #describe({ runId, createdMs, request, state }: RunDescription): Promise<ResponseObject> {
    const events = state === 'waiting' ? [] : await readEvents(this.#parts.log, runId);
    const gatherer = openResponseEncoding(runId, { createdMs, request }).createGatherer();
    for (const event of events) {
      if (event.type === 'run-end') return gatherer.conclude(event.end);
      gatherer.add(event);
    }
    if (state === 'ended') throw new CaluteError('store_lost', 'The store has lost what the response said.');
    const [place] = await this.#parts.backlog.find([runId]);
    return {
      ...gatherer.describe(state === 'waiting' ? 'queued' : 'in_progress'),
      ...encodeQueue(place),
    };
  }
}
