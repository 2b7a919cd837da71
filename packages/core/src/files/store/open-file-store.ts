import { z } from 'zod';
import { StartError } from '../../process/start-error.ts';
import { createDiskFileStore } from './disk-file-store.ts';
import type { FileStore } from './file-store.ts';

const text = z.string().optional();

/** The part of the environment that says where files are kept. */
export const fileStoreEnvironment = {
  FILES_DIR: z.string().default('.calute/files'),
  FILES_S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9.-]{3,63}$/i, 'expected the name of a bucket')
    .optional(),
  FILES_S3_PREFIX: z
    .string()
    .regex(/^[\w./-]{0,200}$/, 'expected letters, digits, _ . - /')
    .default('calute/'),
  FILES_S3_REGION: z.string().default('us-east-1'),
  FILES_S3_ENDPOINT: z.url({ protocol: /^https?$/, error: 'expected an http(s) URL' }).optional(),
  FILES_S3_ACCESS_KEY_ID: text,
  FILES_S3_SECRET_ACCESS_KEY: text,
};
export type FileStoreConfig = z.infer<z.ZodObject<typeof fileStoreEnvironment>>;

export interface OpenedFileStore {
  readonly store: FileStore;
  /** Equal for processes that share their files. */
  readonly id: string;
}

/** The store that the environment names, after a look whether it can be used. Throws StartError. */
export async function openFileStore(config: FileStoreConfig): Promise<OpenedFileStore> {
  const store = await createStore(config);
  try {
    return { store, id: await store.identify() };
  } catch (error) {
    store.close();
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    const where = config.FILES_S3_BUCKET === undefined ? 'FILES_DIR' : 'the variables FILES_S3_…';
    throw new StartError(`Files cannot be kept in ${store.place} (${cause}); check ${where}.`);
  }
}

async function createStore(config: FileStoreConfig): Promise<FileStore> {
  const bucket = config.FILES_S3_BUCKET;
  if (bucket === undefined) return createDiskFileStore(config.FILES_DIR);
  const accessKeyId = config.FILES_S3_ACCESS_KEY_ID;
  const secretAccessKey = config.FILES_S3_SECRET_ACCESS_KEY;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new StartError('Set both FILES_S3_ACCESS_KEY_ID and FILES_S3_SECRET_ACCESS_KEY, or neither.');
  }
  // Only here: the SDK is large, and most installations do without.
  const { createS3FileStore } = await import('./s3-file-store.ts');
  return createS3FileStore({
    bucket,
    prefix: config.FILES_S3_PREFIX,
    region: config.FILES_S3_REGION,
    endpoint: config.FILES_S3_ENDPOINT,
    ...(accessKeyId !== undefined && secretAccessKey !== undefined
      ? { credentials: { accessKeyId, secretAccessKey } }
      : {}),
  });
}
