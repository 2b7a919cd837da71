import type { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.ts';
import type { Keys } from '../redis/keys.ts';
import { orStoreError } from '../redis/store-error.ts';
import { createBlobLedger } from './catalogue/blob-ledger.ts';
import { createFileCatalogue } from './catalogue/file-catalogue.ts';
import { createGrowingFiles, type GrowingFiles } from './catalogue/growing-files.ts';
import { createUploadCatalogue } from './catalogue/upload-catalogue.ts';
import type { FileLimits } from './file-record.ts';
import { createFileService, type Files } from './file-service.ts';
import type { FilesConfig } from './files-environment.ts';
import { createStaging, type Staging } from './staging.ts';
import type { FileStore } from './store/file-store.ts';
import { type OpenedFileStore, openFileStore } from './store/open-file-store.ts';
import { sweepFiles } from './sweep-files.ts';
import { createUploadService, type Uploads } from './upload-service.ts';

export interface FilesParts {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly store: FileStore;
  readonly limits: FileLimits;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Everything that routes and batches do with files. */
export interface FileServices {
  readonly files: Files;
  readonly uploads: Uploads;
  readonly growing: GrowingFiles;
  readonly staging: Staging;
  readonly limits: FileLimits;
  /** One round of `sweepFiles`. */
  sweep(): Promise<void>;
}

export function connectFiles(parts: FilesParts): FileServices {
  const { store, limits } = parts;
  const ledger = createBlobLedger(parts);
  const catalogue = createFileCatalogue(parts);
  const uploads = createUploadCatalogue(parts);
  const staging = createStaging({ ...parts, ledger });
  return {
    files: createFileService({ ...parts, catalogue, staging }),
    uploads: createUploadService({ ...parts, catalogue: uploads, staging }),
    growing: createGrowingFiles(parts),
    staging,
    limits,
    sweep: () => sweepFiles({ ledger, files: catalogue, uploads, store }),
  };
}

/** Opens the store of files that the environment names. Throws StartError, and CaluteError `store_unavailable`. */
export async function openFiles(
  config: FilesConfig,
  parts: Pick<FilesParts, 'redis' | 'keys' | 'logger'>,
): Promise<FileServices & { close(): void }> {
  const opened = await openFileStore(config);
  const { store } = opened;
  const limits = {
    maxFileBytes: config.FILES_MAX_BYTES,
    quotaBytes: config.FILES_QUOTA_BYTES,
    quotaFiles: config.FILES_QUOTA_COUNT,
  };
  try {
    await announce(opened, parts);
  } catch (error) {
    store.close();
    throw error;
  }
  return { ...connectFiles({ ...parts, store, limits, now: Date.now }), close: () => store.close() };
}

/** Says where files are kept, and warns when other processes of this installation keep them elsewhere. */
async function announce(
  { store, id }: OpenedFileStore,
  { redis, keys, logger }: Pick<FilesParts, 'redis' | 'keys' | 'logger'>,
): Promise<void> {
  const before = await orStoreError(redis.set(keys.fileStore, id, 'GET'));
  logger.info({ place: store.place }, 'files.opened');
  if (before === null || before === id) return;
  const advice =
    'Files that were made before are elsewhere. Several machines need one folder for all of them in FILES_DIR, or a bucket in FILES_S3_BUCKET.';
  logger.warn({ place: store.place, advice }, 'files.other-place');
}
