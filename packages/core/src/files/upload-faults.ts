import { CaluteError } from '../errors.ts';
import type { PartId, UploadId } from '../ids.ts';
import type { ContentBlob } from './catalogue/file-catalogue.ts';
import type { AddPartOutcome, StoredUpload } from './catalogue/upload-catalogue.ts';
import type { UploadRecord, UploadStatus } from './upload-record.ts';

/** The content that these parts make. Throws CaluteError unless each is there, once, and all have the bytes of the upload. */
export function checkParts({ record, parts }: StoredUpload, partIds: readonly PartId[]): ContentBlob[] {
  if (new Set(partIds).size < partIds.length) {
    throw new CaluteError('invalid_request', 'A part is named twice.', { param: 'part_ids' });
  }
  const blobs = partIds.map((id) => {
    const part = parts.get(id);
    if (part === undefined) throw unknownPart(record.id, id);
    return part;
  });
  const bytes = blobs.reduce((sum, part) => sum + part.bytes, 0);
  if (bytes !== record.bytes) {
    const message = `The parts have ${bytes} bytes and the upload was made for ${record.bytes}; add what is missing or make another upload.`;
    throw new CaluteError('invalid_request', message, { param: 'part_ids' });
  }
  return blobs;
}

export function unknownPart(uploadId: UploadId, id?: PartId): CaluteError {
  const part = id === undefined ? 'One of the parts' : `The part ${id}`;
  const message = `${part} does not belong to the upload ${uploadId}.`;
  return new CaluteError('invalid_request', message, { param: 'part_ids' });
}

export function uploadNotFound(id: UploadId): CaluteError {
  return new CaluteError('upload_not_found', `No such upload: ${id}.`, { param: 'upload_id' });
}

/** For what only a pending upload can have done to it. */
export function notPending(id: UploadId, status: UploadStatus): CaluteError {
  const how = { pending: 'pending', completed: 'completed', cancelled: 'cancelled', expired: 'expired' }[
    status
  ];
  const message = `The upload ${id} is ${how}; make another one with POST /v1/uploads.`;
  return new CaluteError('upload_not_pending', message, { param: 'upload_id' });
}

export function emptyPart(): CaluteError {
  return new CaluteError('invalid_request', 'The part is empty; send one with content.', { param: 'data' });
}

export function partRefused(
  { id, bytes }: UploadRecord,
  outcome: Exclude<AddPartOutcome, 'added' | 'given-up'>,
): CaluteError {
  switch (outcome) {
    case 'not-pending':
      return notPending(id, 'expired');
    case 'too-large':
      return new CaluteError(
        'request_too_large',
        `The parts of the upload ${id} have more than twice the ${bytes} bytes that it was made for; make another one.`,
        { param: 'data' },
      );
    case 'too-many':
      return new CaluteError('invalid_request', `The upload ${id} has too many parts; send larger ones.`, {
        param: 'data',
      });
  }
}
