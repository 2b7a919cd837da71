import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type RunId, runIdSchema, type TenantId } from '../ids.ts';

export const conversationIdSchema = z
  .string()
  .regex(/^conv_[A-Za-z0-9]{1,64}$/)
  .brand('ConversationId');
export type ConversationId = z.infer<typeof conversationIdSchema>;

export function createConversationId(): ConversationId {
  return conversationIdSchema.parse(`conv_${randomBytes(20).toString('hex')}`);
}

/** An item that was put into a conversation. What else is in it is for its wire format alone. */
export interface StoredItem {
  readonly id: string;
  readonly type: string;
}

/** What a conversation is made of, in order: an item, or all that a run was asked with and has said. */
export type ConversationEntry = { readonly item: StoredItem } | { readonly run: RunId };

const storedItemSchema = z.custom<StoredItem>(
  (item) => typeof item === 'object' && item !== null && 'type' in item && 'id' in item,
);
export const conversationEntrySchema = z.union([
  z.object({ item: storedItemSchema }),
  z.object({ run: runIdSchema }),
]);

export interface ConversationHead {
  readonly id: ConversationId;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StoredConversation extends ConversationHead {
  readonly entries: readonly ConversationEntry[];
  /** Items that were taken out. */
  readonly removed: ReadonlySet<string>;
}

/** Whose conversation is meant. */
export interface OwnedConversation {
  readonly tenant: TenantId;
  readonly id: ConversationId;
}

/**
 * The conversations of tenants. Each method is atomic, and lets the retention of the conversation begin anew. Throws CaluteError
 * `store_unavailable`.
 */
export interface ConversationStore {
  create(owned: OwnedConversation, head: Omit<ConversationHead, 'id'>, retentionMs: number): Promise<void>;
  find(owned: OwnedConversation): Promise<StoredConversation | undefined>;
  describe(owned: OwnedConversation, metadata: ConversationHead['metadata']): Promise<'done' | 'unknown'>;
  /**
   * Adds entries at the end, each run once. `changed` when it has not as many as `expected` and the run is not among them:
   * somebody else has gone on.
   */
  append(
    owned: OwnedConversation,
    entries: readonly ConversationEntry[],
    expected?: number,
  ): Promise<'done' | 'changed' | 'full' | 'unknown'>;
  /** Takes items out. */
  removeItem(owned: OwnedConversation, itemId: string): Promise<'done' | 'unknown'>;
  remove(owned: OwnedConversation): Promise<'removed' | 'unknown'>;
}
