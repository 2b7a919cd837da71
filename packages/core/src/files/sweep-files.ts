import type { BlobLedger } from './catalogue/blob-ledger.ts';
import type { FileCatalogue } from './catalogue/file-catalogue.ts';
import type { UploadCatalogue } from './catalogue/upload-catalogue.ts';
import type { FileStore } from './store/file-store.ts';

export interface SweepFilesParts {
  readonly ledger: BlobLedger;
  readonly files: FileCatalogue;
  readonly uploads: UploadCatalogue;
  readonly store: FileStore;
}

/** So that a round is short; the next one goes on. */
const atOnce = 100;

/**
 * Removes what has expired, and from the store everything that belongs to nothing: what a process that died was writing, and
 * what one that died was about to remove. Any number of processes may do so at once.
 */
export async function sweepFiles({ ledger, files, uploads, store }: SweepFilesParts): Promise<void> {
  for (const file of await files.listExpired(atOnce)) await files.remove(file, 'only-expired');
  for (const upload of await uploads.listExpired(atOnce)) await uploads.end(upload, 'expired');
  for (const blob of await ledger.listAbandoned(atOnce)) await ledger.release(blob);
  const doomed = await ledger.listDoomed(atOnce);
  await store.remove(doomed);
  await ledger.forget(doomed);
}
