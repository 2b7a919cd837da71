import { randomBytes } from 'node:crypto';
import {
  type ConversationHead,
  type ConversationId,
  type ConversationStore,
  conversationIdSchema,
  createConversationId,
  type StoredConversation,
} from '../../conversations/conversation-store.ts';
import { CaluteError } from '../../errors.ts';
import type { RunId, TenantId } from '../../ids.ts';
import type { InputItem } from '../../protocol/responses/input-item.ts';
import type { RunCatalogue, RunDescription } from '../../run-store/catalogue/run-catalogue.ts';
import type { RunReader } from '../../run-store/run-log.ts';
import { readEvents } from '../read-events.ts';
import { toHistoryItems, toInputItems } from './read-run.ts';

export interface ConversationServiceParts {
  readonly conversations: ConversationStore;
  readonly catalogue: Pick<RunCatalogue, 'find' | 'touch'>;
  readonly log: Pick<RunReader, 'read'>;
  /** How long a conversation is kept after it was last used. */
  readonly retentionMs: number;
  readonly now: () => number;
}

/** Items that were put into a conversation get an id; those of runs have theirs from the run. */
type ConversationItem = InputItem & { readonly id: string };

/** A conversation as a run goes on from it. */
export interface LoadedConversation {
  readonly items: readonly ConversationItem[];
  /** How many entries it has, so that it can be told whether somebody else has gone on meanwhile. */
  readonly length: number;
}

/**
 * Conversations: items that were put into them, and runs that went on from them, of which nothing is copied. What a run that failed
 * was asked with is no part of it, so that it can be asked again. All methods throw CaluteError `conversation_not_found`, also
 * for another tenant's.
 */
export class ConversationService {
  readonly #parts: ConversationServiceParts;

  constructor(parts: ConversationServiceParts) {
    this.#parts = parts;
  }

  async create(
    tenant: TenantId,
    {
      items,
      metadata,
    }: { readonly items: readonly InputItem[]; readonly metadata: ConversationHead['metadata'] },
  ): Promise<ConversationHead> {
    const { conversations, retentionMs, now } = this.#parts;
    const head = { id: createConversationId(), createdAt: Math.floor(now() / 1000), metadata };
    await conversations.create({ tenant, id: head.id }, head, retentionMs);
    if (items.length > 0) await this.add(tenant, head.id, items);
    return head;
  }

  async get(tenant: TenantId, id: string): Promise<ConversationHead> {
    const { createdAt, metadata, id: found } = await this.#find(tenant, id);
    return { id: found, createdAt, metadata };
  }

  async describe(
    tenant: TenantId,
    id: string,
    metadata: ConversationHead['metadata'],
  ): Promise<ConversationHead> {
    const owned = { tenant, id: parseId(id) };
    if ((await this.#parts.conversations.describe(owned, metadata)) === 'unknown')
      throw unknownConversation();
    return this.get(tenant, id);
  }

  async remove(tenant: TenantId, id: string): Promise<void> {
    const outcome = await this.#parts.conversations.remove({ tenant, id: parseId(id) });
    if (outcome === 'unknown') throw unknownConversation();
  }

  /** Its items, oldest first; those of a run that goes on are not among them. */
  async items(tenant: TenantId, id: string): Promise<readonly ConversationItem[]> {
    return (await this.#read(tenant, await this.#find(tenant, id))).items;
  }

  /** Puts items at its end; each gets an id. */
  async add(tenant: TenantId, id: string, items: readonly InputItem[]): Promise<readonly ConversationItem[]> {
    const stored = items.map((item) => ({ ...item, id: item.id ?? createItemId(item) }));
    await this.#append(tenant, id, { entries: stored.map((item) => ({ item })) });
    return stored;
  }

  /** Takes an item out. Throws `item_not_found`. */
  async removeItem(tenant: TenantId, id: string, itemId: string): Promise<ConversationHead> {
    const items = await this.items(tenant, id);
    if (!items.some((item) => item.id === itemId)) throw unknownItem(itemId);
    await this.#parts.conversations.removeItem({ tenant, id: parseId(id) }, itemId);
    return this.get(tenant, id);
  }

  /** What a run goes on from. Throws `conversation_locked` while another run than `own` goes on in it. */
  async load(tenant: TenantId, id: string, own: RunId | undefined): Promise<LoadedConversation> {
    const stored = await this.#find(tenant, id);
    const { items, live, runIds } = await this.#read(tenant, stored);
    if (live.some((runId) => runId !== own)) throw lockedConversation();
    await this.#parts.catalogue.touch(runIds);
    return { items, length: stored.entries.length };
  }

  /** Lets a run be part of it. Throws `conversation_locked` when somebody else has gone on since it was loaded. */
  async join(
    tenant: TenantId,
    id: string,
    { runId, length }: { readonly runId: RunId; readonly length: number },
  ): Promise<void> {
    await this.#append(tenant, id, { entries: [{ run: runId }], expected: length });
  }

  async #append(
    tenant: TenantId,
    id: string,
    { entries, expected }: { readonly entries: StoredConversation['entries']; readonly expected?: number },
  ): Promise<void> {
    const outcome = await this.#parts.conversations.append({ tenant, id: parseId(id) }, entries, expected);
    if (outcome === 'unknown') throw unknownConversation();
    if (outcome === 'changed') throw lockedConversation();
    if (outcome === 'full') {
      const message = 'The conversation has as many items as one may have; begin a new one.';
      throw new CaluteError('invalid_request', message, { param: 'conversation' });
    }
  }

  async #find(tenant: TenantId, id: string): Promise<StoredConversation> {
    const found = await this.#parts.conversations.find({ tenant, id: parseId(id) });
    if (found === undefined) throw unknownConversation();
    return found;
  }

  async #read(tenant: TenantId, { entries, removed }: StoredConversation) {
    const runIds = entries.flatMap((entry) => ('run' in entry ? [entry.run] : []));
    const found = await this.#parts.catalogue.find(runIds);
    const runs = new Map(found.flatMap((run) => (run?.tenant === tenant ? [[run.runId, run] as const] : [])));
    const items: ConversationItem[] = [];
    for (const entry of entries) {
      // because `add` alone puts items in
      if ('item' in entry) items.push(entry.item as ConversationItem);
      else items.push(...(await this.#readRun(runs.get(entry.run))));
    }
    const live = [...runs.values()].filter(({ state }) => state !== 'ended').map(({ runId }) => runId);
    return { items: items.filter(({ id }) => !removed.has(id)), live, runIds: [...runs.keys()] };
  }

  async #readRun(run: RunDescription | undefined): Promise<readonly ConversationItem[]> {
    if (run === undefined || run.state !== 'ended') return [];
    const events = await readEvents(this.#parts.log, run.runId);
    const last = events.at(-1);
    if (last?.type === 'run-end' && last.end.reason === 'failed') return [];
    const said = toHistoryItems(run, events);
    return [
      ...toInputItems(run),
      ...said.flatMap((item) => (item.id === undefined ? [] : [{ ...item, id: item.id }])),
    ];
  }
}

function createItemId({ type }: InputItem): string {
  const kind = type === 'message' ? 'msg' : 'item';
  return `${kind}_${randomBytes(20).toString('hex')}`;
}

function parseId(id: string): ConversationId {
  const parsed = conversationIdSchema.safeParse(id);
  if (parsed.success) return parsed.data;
  throw unknownConversation();
}

export function unknownItem(itemId: string): CaluteError {
  return new CaluteError('item_not_found', `No item ${itemId} is in this conversation.`, {
    param: 'item_id',
  });
}

function unknownConversation(): CaluteError {
  const message = 'No such conversation, or it is no longer kept.';
  return new CaluteError('conversation_not_found', message, { param: 'conversation' });
}

function lockedConversation(): CaluteError {
  const message = 'Another response goes on in this conversation; wait for its end, or cancel it.';
  return new CaluteError('conversation_locked', message, { param: 'conversation', retryAfterMs: 1000 });
}
