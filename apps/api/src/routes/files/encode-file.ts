import type { FileRecord } from '@calute/core/files/file-record';
import type { Upload, UploadPart } from '@calute/core/files/upload-service';

/** OpenAI's file object. */
export function encodeFile({ id, bytes, createdAt, expiresAt, filename, purpose }: FileRecord): object {
  return {
    id,
    object: 'file',
    bytes,
    created_at: createdAt,
    expires_at: expiresAt ?? null,
    filename,
    purpose,
    status: 'processed',
    status_details: null,
  };
}

/** OpenAI's upload object. */
export function encodeUpload({ record, status, file }: Upload): object {
  return {
    id: record.id,
    object: 'upload',
    bytes: record.bytes,
    created_at: record.createdAt,
    expires_at: record.expiresAt,
    filename: record.filename,
    purpose: record.purpose,
    status,
    file: file === undefined ? null : encodeFile(file),
  };
}

export function encodePart({ id, uploadId, createdAt }: UploadPart): object {
  return { id, object: 'upload.part', created_at: createdAt, upload_id: uploadId };
}
