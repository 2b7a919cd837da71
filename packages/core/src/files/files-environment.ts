import type { z } from 'zod';
import { wholeNumber } from '../process/read-environment.ts';
import { fileStoreEnvironment } from './store/open-file-store.ts';

const gibibyte = 1024 ** 3;

/** The part of the environment that is about files. */
export const filesEnvironment = {
  ...fileStoreEnvironment,
  FILES_MAX_BYTES: wholeNumber({ min: 1024, max: 8 * gibibyte, unset: gibibyte / 2 }),
  FILES_QUOTA_BYTES: wholeNumber({ min: 1024, max: 1_000_000 * gibibyte, unset: 10 * gibibyte }),
  FILES_QUOTA_COUNT: wholeNumber({ min: 1, max: 1_000_000, unset: 10_000 }),
};
export type FilesConfig = z.infer<z.ZodObject<typeof filesEnvironment>>;
