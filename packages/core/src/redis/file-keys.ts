import type { FileId, TenantId, UploadId } from '../ids.ts';

/** The names of what is kept of files and uploads; their bytes are in the file store. */
export interface FileKeys {
  /** Hash: file id → record. */
  tenantFiles(tenant: TenantId): string;
  /** Sorted set: the tenant's files, of one purpose or of all, by id and so by age. */
  tenantFileIndex(tenant: TenantId, purpose?: string): string;
  /** Hash: how many files the tenant has, their bytes, and the bytes that are set aside for those on their way. */
  tenantFileUsage(tenant: TenantId): string;
  /** List: what a file's content is made of, in order. */
  fileBlobs(id: FileId): string;
  /** Hash: an upload and its parts. */
  upload(id: UploadId): string;
  /** Sorted set: files that expire, by when in ms. */
  readonly fileExpiry: string;
  /** Sorted set: uploads that are not complete, by when they expire in ms. */
  readonly uploadExpiry: string;
  /** Sorted set: blobs that are being written, by when they are given up in ms. */
  readonly stagedBlobs: string;
  /** Sorted set: blobs that nothing refers to any more, by since when in ms. */
  readonly doomedBlobs: string;
  /** The name of the file store that this installation began with. */
  readonly fileStore: string;
}

export function createFileKeys(prefix: string): FileKeys {
  return {
    tenantFiles: (tenant) => `${prefix}:tenant:${tenant}:files`,
    tenantFileIndex: (tenant, purpose) =>
      `${prefix}:tenant:${tenant}:files:index${purpose === undefined ? '' : `:${purpose}`}`,
    tenantFileUsage: (tenant) => `${prefix}:tenant:${tenant}:files:usage`,
    fileBlobs: (id) => `${prefix}:file:${id}:blobs`,
    upload: (id) => `${prefix}:upload:${id}`,
    fileExpiry: `${prefix}:files:expiry`,
    uploadExpiry: `${prefix}:uploads:expiry`,
    stagedBlobs: `${prefix}:files:staged`,
    doomedBlobs: `${prefix}:files:doomed`,
    fileStore: `${prefix}:files:store`,
  };
}
