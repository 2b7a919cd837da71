import { CaluteError, toErrorBody } from '../../errors.ts';
import type { RunId, TenantId } from '../../ids.ts';
import type { Message } from '../../request/message.ts';
import type { Backlog } from '../../run-store/backlog/backlog.ts';
import type { RunCatalogue, RunDescription } from '../../run-store/catalogue/run-catalogue.ts';
import type { RunReader } from '../../run-store/run-log.ts';
import type { FollowContext } from '../completion-context.ts';
import { encodeQueue, type QueueNote } from '../encode-queue.ts';
import { encodeUsage, type Usage } from '../encode-usage.ts';
import { readEvents } from '../read-events.ts';
import type { RunRelay } from '../run-relay.ts';
import type { ChatCompletion } from './chat-completion.ts';
import { openChatEncoding } from './chat-encoding.ts';

export interface StoredCompletionsParts {
  readonly log: Pick<RunReader, 'read'>;
  readonly catalogue: RunCatalogue;
  readonly backlog: Pick<Backlog, 'find'>;
  readonly relay: Pick<RunRelay, 'cancel'>;
}

/** A completion as it can be looked at: OpenAI's object, with how far its run has come. */
export interface FoundCompletion extends Omit<ChatCompletion, 'choices' | 'usage'>, QueueNote {
  readonly status: 'queued' | 'in_progress' | 'completed' | 'failed' | 'cancelled';
  /** Empty until it is completed. */
  readonly choices: ChatCompletion['choices'] | readonly [];
  readonly usage: Usage | null;
  readonly error: object | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CompletionPage {
  readonly model?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly after?: RunId | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

/**
 * Runs as completions that can be found: every run for as long as it is kept, and stored ones in a list. All methods throw
 * CaluteError `run_not_found`, also for another tenant's.
 */
export class StoredCompletions {
  readonly #parts: StoredCompletionsParts;

  constructor(parts: StoredCompletionsParts) {
    this.#parts = parts;
  }

  async get(tenant: TenantId, runId: RunId): Promise<FoundCompletion> {
    return this.#toCompletion(await this.#find(tenant, runId));
  }

  /** Stored ones that are completed. Throws `invalid_request` when `after` is none of them. */
  async list(
    tenant: TenantId,
    { model, metadata, after, order, limit }: CompletionPage,
  ): Promise<{ readonly completions: readonly FoundCompletion[]; readonly hasMore: boolean }> {
    const list = await this.#parts.catalogue.list({
      kept: { tenant, as: 'chat' },
      filter: {
        end: 'completed',
        ...(model === undefined ? {} : { agent: model }),
        ...(metadata === undefined ? {} : { metadata }),
      },
      order,
      limit,
      ...(after === undefined ? {} : { after }),
    });
    if (list === undefined) {
      const message = `Invalid 'after': no stored completion ${after} is in this list.`;
      throw new CaluteError('invalid_request', message, { param: 'after' });
    }
    const completions = await Promise.all(list.runs.map((run) => this.#toCompletion(run)));
    return { completions, hasMore: list.hasMore };
  }

  /** Replaces the metadata of a stored one. */
  async describe(
    tenant: TenantId,
    runId: RunId,
    metadata: Readonly<Record<string, string>>,
  ): Promise<FoundCompletion> {
    const outcome = await this.#parts.catalogue.describe(runId, tenant, metadata);
    if (outcome === 'unknown') throw unknownCompletion();
    return this.get(tenant, runId);
  }

  /** Forgets it; a run that goes on is cancelled before. */
  async remove(runId: RunId, identity: FollowContext['identity']): Promise<void> {
    const { catalogue, relay } = this.#parts;
    const { state } = await this.#find(identity.tenant, runId);
    if (state !== 'ended') await relay.cancel(runId, identity);
    if ((await catalogue.remove(runId, identity.tenant)) === 'unknown') throw unknownCompletion();
  }

  /** What it was asked with. */
  async messages(tenant: TenantId, runId: RunId): Promise<readonly Message[]> {
    return (await this.#find(tenant, runId)).request.chat.messages;
  }

  async #find(tenant: TenantId, runId: RunId): Promise<RunDescription> {
    const [found] = await this.#parts.catalogue.find([runId]);
    if (found?.tenant !== tenant) throw unknownCompletion();
    return found;
  }

  async #toCompletion(run: RunDescription): Promise<FoundCompletion> {
    const { log, backlog } = this.#parts;
    const { runId, createdMs, agent, metadata, state } = run;
    const open = {
      id: runId,
      object: 'chat.completion' as const,
      created: Math.floor(createdMs / 1000),
      model: agent,
    };
    const [place] = state === 'ended' ? [] : await backlog.find([runId]);
    const gatherer = openChatEncoding(runId, run).createGatherer();
    for (const event of state === 'ended' ? await readEvents(log, runId) : []) {
      if (event.type !== 'run-end') {
        gatherer.add(event);
        continue;
      }
      const { end } = event;
      if (end.reason === 'completed')
        return { ...gatherer.finish(end), status: 'completed', error: null, metadata };
      const usage = end.usage === undefined ? null : encodeUsage({ usage: end.usage, processingMs: 0 });
      const { error } = toErrorBody(gatherer.fail(end));
      return { ...open, status: end.reason, choices: [], usage, error, metadata };
    }
    const status = state === 'waiting' ? 'queued' : 'in_progress';
    return { ...open, status, choices: [], usage: null, error: null, metadata, ...encodeQueue(place) };
  }
}

/** The same words for a foreign one as for none. */
function unknownCompletion(): CaluteError {
  return new CaluteError('run_not_found', 'No such completion, or it is no longer kept.', { param: 'id' });
}
