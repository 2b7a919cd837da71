import { z } from 'zod';
import { type PartId, type TenantId, tenantIdSchema, type UploadId, uploadIdSchema } from '../../ids.ts';
import { defineScript } from '../../redis/load-script.ts';
import { orStoreError } from '../../redis/store-error.ts';
import { type FileRecord, ownedMember, parseFileRecord, splitOwnedMember } from '../file-record.ts';
import {
  type UploadRecord,
  type UploadStatus,
  uploadRecordSchema,
  uploadStatusSchema,
} from '../upload-record.ts';
import type { CatalogueParts, StagedBlob } from './blob-ledger.ts';
import { type ContentBlob, fileKeys, parseContentBlob } from './file-catalogue.ts';

/** An upload as it stands. */
export interface StoredUpload {
  readonly record: UploadRecord;
  readonly status: UploadStatus;
  /** Those that came; none once it has ended. */
  readonly parts: ReadonlyMap<PartId, ContentBlob>;
  /** Of a completed upload: what it has become, of which parts. */
  readonly file: FileRecord | undefined;
  readonly partIds: readonly string[];
}

export interface OwnedUpload {
  readonly tenant: TenantId;
  readonly id: UploadId;
}

export interface NewPart {
  readonly id: PartId;
  readonly bytes: number;
  readonly blob: StagedBlob;
}

export type AddPartOutcome = 'added' | 'not-pending' | 'given-up' | 'too-large' | 'too-many';
export type CompleteOutcome = UploadStatus | 'unknown' | 'unknown-part' | 'too-many';

/**
 * The records of uploads and their parts. Each change is one atomic step. An upload that has ended is kept for a day, so that
 * a repeated request gets the same answer. Errors: CaluteError `store_unavailable`.
 */
export interface UploadCatalogue {
  /** Sets the bytes of the upload aside, all or none. */
  create(record: UploadRecord): Promise<'created' | 'full' | 'too-many'>;
  get(upload: OwnedUpload): Promise<StoredUpload | undefined>;
  addPart(upload: UploadRecord, part: NewPart): Promise<AddPartOutcome>;
  /** Makes `file` of these parts, in this order. */
  complete(upload: UploadRecord, parts: readonly PartId[], file: FileRecord): Promise<CompleteOutcome>;
  /** Ends a pending upload, as expired only when its time has come; gives the status that it has then. */
  end(upload: OwnedUpload, status: 'cancelled' | 'expired'): Promise<UploadStatus | undefined>;
  listExpired(limit: number): Promise<readonly OwnedUpload[]>;
}

/** So that a part whose answer was lost can be sent again, though nothing tells that the first one counts no more. */
const mostBytesTimes = 2;
const maxParts = 10_000;
const keptMs = 24 * 60 * 60 * 1000;

const createReplySchema = z.enum(['created', 'full', 'too-many']);
const addReplySchema = z.enum(['added', 'not-pending', 'given-up', 'too-large', 'too-many']);
const completeReplySchema = z.enum([...uploadStatusSchema.options, 'unknown', 'unknown-part', 'too-many']);
const endReplySchema = uploadStatusSchema.nullable();

export function createUploadCatalogue(
  parts: CatalogueParts & { readonly now: () => number },
): UploadCatalogue {
  const { redis, keys, now } = parts;
  const create = createCreate(parts);
  const add = defineScript(redis, { name: 'add-part', lua: luaFile('add-part'), numberOfKeys: 3 });
  const end = defineScript(redis, { name: 'end-upload', lua: luaFile('end-upload'), numberOfKeys: 4 });
  return {
    create,
    async get({ tenant, id }) {
      const stored = parseUpload(await orStoreError(redis.hgetall(keys.upload(id))), now());
      return stored?.record.tenant === tenant ? stored : undefined;
    },
    async addPart({ id, bytes: uploadBytes, expiresAt }, { id: partId, bytes, blob: { tenant, name } }) {
      const touched = [keys.tenantFileUsage(tenant), keys.stagedBlobs, keys.upload(id)];
      const blob = [name, ownedMember(tenant, name)];
      const bounds = [uploadBytes * mostBytesTimes, maxParts, expiresAt * 1000];
      return addReplySchema.parse(await add(touched, [...blob, partId, bytes, ...bounds]));
    },
    complete: createComplete(parts),
    async end({ tenant, id }, status) {
      const usage = keys.tenantFileUsage(tenant);
      const touched = [keys.upload(id), usage, keys.uploadExpiry, keys.doomedBlobs];
      return (
        endReplySchema.parse(await end(touched, [id, ownedMember(tenant, id), status, keptMs])) ?? undefined
      );
    },
    async listExpired(limit) {
      const due = redis.zrange(keys.uploadExpiry, '-inf', `${now()}`, 'BYSCORE', 'LIMIT', 0, limit);
      return (await orStoreError(due)).map((member) => {
        const [tenant, id] = splitOwnedMember(member);
        return { tenant: tenantIdSchema.parse(tenant), id: uploadIdSchema.parse(id) };
      });
    },
  };
}

function createCreate({ redis, keys, limits }: CatalogueParts): UploadCatalogue['create'] {
  const script = defineScript(redis, {
    name: 'create-upload',
    lua: luaFile('create-upload'),
    numberOfKeys: 3,
  });
  return async (record) => {
    const { id, tenant, bytes, expiresAt } = record;
    const touched = [keys.tenantFileUsage(tenant), keys.upload(id), keys.uploadExpiry];
    const quota = [limits.quotaBytes, limits.quotaFiles];
    const expiry = [ownedMember(tenant, id), expiresAt * 1000];
    return createReplySchema.parse(
      await script(touched, [id, JSON.stringify(record), bytes, ...quota, ...expiry]),
    );
  };
}

function createComplete({ redis, keys, limits }: CatalogueParts): UploadCatalogue['complete'] {
  const lua = luaFile('complete-upload');
  const script = defineScript(redis, { name: 'complete-upload', lua, numberOfKeys: 9 });
  return async ({ id, tenant, expiresAt }, partIds, file) => {
    const touched = [
      keys.upload(id),
      keys.tenantFileUsage(tenant),
      ...fileKeys(keys, { tenant, id: file.id, purpose: file.purpose }),
      keys.uploadExpiry,
      keys.doomedBlobs,
    ];
    const upload = [id, ownedMember(tenant, id), expiresAt * 1000];
    const made = [file.id, JSON.stringify(file), file.bytes, limits.quotaFiles];
    const expiry = [ownedMember(tenant, file.id), file.expiresAt === undefined ? '' : file.expiresAt * 1000];
    return completeReplySchema.parse(
      await script(touched, [...upload, ...made, ...expiry, keptMs, ...partIds]),
    );
  };
}

function parseUpload(fields: Readonly<Record<string, string>>, nowMs: number): StoredUpload | undefined {
  if (fields['record'] === undefined) return undefined;
  const record = uploadRecordSchema.parse(JSON.parse(fields['record']));
  const status = uploadStatusSchema.parse(fields['status']);
  const parts = Object.entries(fields).flatMap(([field, value]) =>
    field.startsWith('part:') ? [[field.slice(5) as PartId, parseContentBlob(value)] as const] : [],
  ); // because `addPart` is who wrote it
  return {
    record,
    status: status === 'pending' && record.expiresAt * 1000 <= nowMs ? 'expired' : status,
    parts: new Map(parts),
    file: parseFileRecord(fields['file']),
    partIds: fields['part_ids']?.split(' ') ?? [],
  };
}

function luaFile(name: string): URL {
  return new URL(`./lua/${name}.lua`, import.meta.url);
}
