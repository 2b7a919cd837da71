import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { z } from 'zod';

/** The name of a piece of content: random, and nothing of what a client has said. */
export const blobNameSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand('BlobName');
export type BlobName = z.infer<typeof blobNameSchema>;

export function createBlobName(): BlobName {
  return blobNameSchema.parse(randomBytes(16).toString('hex'));
}

/** Bytes `start` to `end`, the latter not included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Keeps bytes under names. What stands under a name never changes. Errors: CaluteError `storage_full`,
 * `file_store_unavailable`, `file_lost`, and whatever the source of a write fails with.
 */
export interface FileStore {
  /** Where it keeps its bytes, for the log. */
  readonly place: string;
  /**
   * Tells this store apart from others: two processes that get the same answer share their files. Throws when the store
   * cannot be used.
   */
  identify(): Promise<string>;
  /**
   * Stores all of `source`, at its pace and without holding more than some MB of it, and resolves with its length once
   * that is durable. Before, and when it fails, nothing can be read under the name. An abort rejects with its reason.
   */
  write(name: BlobName, source: Readable, signal: AbortSignal): Promise<number>;
  /** Resolves once the bytes are there to be read; throws `file_lost` when there are none under this name. */
  read(name: BlobName, range: ByteRange, signal?: AbortSignal): Promise<Readable>;
  /** Removes what stands under these names, and what a write that died has left of them. Missing ones are fine. */
  remove(names: readonly BlobName[]): Promise<void>;
  close(): void;
}
