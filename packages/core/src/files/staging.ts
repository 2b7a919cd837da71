import { Readable } from 'node:stream';
import { CaluteError } from '../errors.ts';
import type { TenantId } from '../ids.ts';
import type { Logger } from '../logging/logger.ts';
import type { BlobLedger, StagedBlob } from './catalogue/blob-ledger.ts';
import { type FileLimits, quotaError } from './file-record.ts';
import { type BlobName, createBlobName, type FileStore } from './store/file-store.ts';

/** Bytes that are in the store, durable, and belong to nothing yet. */
export interface StagedContent {
  readonly blob: StagedBlob;
  readonly bytes: number;
}

export interface StageOptions {
  readonly tenant: TenantId;
  readonly source: Readable;
  readonly maxBytes: number;
  /** What to set aside of the tenant's quota meanwhile: how many bytes it may be at most. 0: somebody else has done so. */
  readonly reserveBytes: number;
  readonly signal: AbortSignal;
}

/** Brings bytes into the store, and out of it again. */
export interface Staging {
  /**
   * Writes all of `source`. Throws CaluteError `request_too_large`, `insufficient_quota`, those of the file store, the reason
   * of an abort and what `source` fails with; then nothing is left, and `source` is the caller's to read off or to destroy.
   */
  stage(options: StageOptions): Promise<StagedContent>;
  /** Takes content back that belongs to nothing yet. Never throws: what fails now is done by the sweep. */
  discard(content: Pick<StagedContent, 'blob'>): Promise<void>;
  /** Removes doomed blobs from the store. Never throws: what fails now is done by the sweep. */
  clear(names: readonly BlobName[]): Promise<void>;
}

export interface StagingParts {
  readonly ledger: BlobLedger;
  readonly store: FileStore;
  readonly limits: FileLimits;
  readonly logger: Logger;
}

/** Shorter than it takes until a staged blob counts as abandoned. */
const longestWriteMs = 60 * 60 * 1000;

export function createStaging({ ledger, store, limits, logger }: StagingParts): Staging {
  const clear = async (names: readonly BlobName[]) => {
    if (names.length === 0) return;
    try {
      await store.remove(names);
      await ledger.forget(names);
    } catch (error) {
      logger.warn({ err: error, blobs: names.length }, 'files.remove-failed');
    }
  };
  const discard: Staging['discard'] = async ({ blob }) => {
    try {
      if (await ledger.release(blob)) await clear([blob.name]);
    } catch (error) {
      logger.warn({ err: error }, 'files.release-failed');
    }
  };
  const reserve = async (blob: StagedBlob, wanted: number): Promise<number> => {
    const reservation = await ledger.reserve(blob, wanted);
    if (reservation.outcome !== 'reserved') throw quotaError(reservation.outcome, limits);
    return reservation.bytes;
  };
  return {
    async stage({ tenant, source, maxBytes, reserveBytes, signal }) {
      const blob = { tenant, name: createBlobName() };
      const reserved = await reserve(blob, reserveBytes);
      const enough = reserved >= reserveBytes;
      const bound = enough ? maxBytes : Math.min(maxBytes, reserved);
      const tooLarge = () => (bound < maxBytes ? quotaError('full', limits) : tooLargeError(maxBytes));
      try {
        const limited = Readable.from(limitBytes(source, bound, tooLarge), { objectMode: false });
        const patience = AbortSignal.any([signal, AbortSignal.timeout(longestWriteMs)]);
        return { blob, bytes: await store.write(blob.name, limited, patience) };
      } catch (error) {
        if (CaluteError.is(error) && error.status >= 500) logger.error({ err: error }, 'files.write-failed');
        await discard({ blob });
        throw error;
      }
    },
    discard,
    clear,
  };
}

async function* limitBytes(source: Readable, maxBytes: number, tooLarge: () => CaluteError) {
  let bytes = 0;
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length; // because the source is one of bytes
    if (bytes > maxBytes) throw tooLarge();
    yield chunk;
  }
}

function tooLargeError(maxBytes: number): CaluteError {
  return new CaluteError('request_too_large', `The file is larger than ${maxBytes} bytes.`);
}
