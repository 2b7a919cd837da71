import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FileRecord } from '@calute/core/files/file-record';
import { createBlobName } from '@calute/core/files/store/file-store';
import type { Upload } from '@calute/core/files/upload-service';
import { createFileId, createPartId, createUploadId, tenantIdSchema } from '@calute/core/ids';
import type { ApiParts } from '../api-parts.ts';

export const fileRecord: FileRecord = {
  id: createFileId(1_700_000_000_000),
  filename: 'lines.jsonl',
  purpose: 'batch',
  bytes: 5,
  createdAt: 1_700_000_000,
};

export const upload: Upload = {
  record: {
    id: createUploadId(1_700_000_000_000),
    tenant: tenantIdSchema.parse('local'),
    filename: 'lines.jsonl',
    purpose: 'batch',
    mimeType: 'application/jsonl',
    bytes: 5,
    createdAt: 1_700_000_000,
    expiresAt: 1_700_003_600,
  },
  status: 'pending',
  file: undefined,
};

/** Knows one file and one upload, and takes everything. */
export function scriptedFiles(): ApiParts['files'] {
  return {
    files: {
      create: async () => fileRecord,
      get: async () => fileRecord,
      list: async () => ({ files: [fileRecord], hasMore: false }),
      read: async (_record, { start, end }) => Readable.from(Buffer.from('hello').subarray(start, end)),
      remove: async () => undefined,
    },
    uploads: {
      create: async () => upload,
      getPending: async () => upload.record,
      addPart: async ({ id, createdAt }) => ({ id: createPartId(0), uploadId: id, createdAt }),
      complete: async () => ({ ...upload, status: 'completed', file: fileRecord }),
      cancel: async () => ({ ...upload, status: 'cancelled' }),
    },
    staging: {
      async stage({ tenant, source }) {
        const { length } = await buffer(source);
        return { blob: { tenant, name: createBlobName() }, bytes: length };
      },
      discard: async () => undefined,
      clear: async () => undefined,
    },
    limits: { maxFileBytes: 1000, quotaBytes: 10_000, quotaFiles: 10 },
  };
}
