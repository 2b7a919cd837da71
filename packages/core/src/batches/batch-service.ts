import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Identity } from '../api-keys/authenticate.ts';
import type { SseEvent } from '../completions/sse-event.ts';
import { CaluteError } from '../errors.ts';
import { expirySeconds, maxBatchFileBytes } from '../files/file-record.ts';
import type { FileServices } from '../files/open-files.ts';
import { type BatchId, createBatchId, createFileId, type FileId, type TenantId } from '../ids.ts';
import { type Batch, type BatchRecord, hasEnded } from './batch.ts';
import { type FollowResultsOptions, followResults } from './results/follow-results.ts';
import { pickFailed } from './results/pick-failed.ts';
import type { BatchPage, BatchStore } from './store/batch-store.ts';
import { windowSeconds } from './window.ts';

/** What a client asks for, held to its schema. */
export interface NewBatch {
  readonly endpoint: string;
  readonly completionWindow: string;
  /** The lines: a file, or what stands in the request itself. */
  readonly input: { readonly fileId: FileId } | { readonly requests: readonly object[] };
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly outputExpiresAfterS?: number | undefined;
  readonly webhook?: { readonly url: string; readonly secret: string } | undefined;
}

/**
 * The batches of tenants. One of another tenant, one that has gone and one that never was are all `batch_not_found`. Other errors:
 * CaluteError `store_unavailable` and those of files.
 */
export interface Batches {
  /** Throws `invalid_request`, `file_not_found`, `idempotency_key_reused`, `insufficient_quota`. */
  create(identity: Identity, batch: NewBatch, idempotencyKey?: string): Promise<Batch>;
  get(tenant: TenantId, id: BatchId): Promise<Batch>;
  list(tenant: TenantId, page: BatchPage): ReturnType<BatchStore['list']>;
  /** Throws `batch_has_ended`. */
  cancel(tenant: TenantId, id: BatchId): Promise<Batch>;
  /** A new batch of the lines that failed; throws `batch_in_progress`, and `invalid_request` when none has. */
  retry(identity: Identity, id: BatchId, idempotencyKey?: string): Promise<Batch>;
  /** See `followResults`. */
  follow(batch: Batch, options: FollowResultsOptions): AsyncGenerator<readonly SseEvent[]>;
}

export interface BatchServiceParts {
  readonly store: BatchStore;
  readonly files: Pick<FileServices, 'files' | 'staging' | 'limits'>;
  /** Called when there is something for a driver to do. */
  onWork(): void;
  readonly now: () => number;
}

export function createBatchService(parts: BatchServiceParts): Batches {
  const { store, files, onWork, now } = parts;
  const get = async (tenant: TenantId, id: BatchId) => {
    const batch = await store.get(tenant, id);
    if (batch === undefined)
      throw new CaluteError('batch_not_found', `No such batch: ${id}.`, { param: 'batch_id' });
    return batch;
  };
  return {
    get,
    list: (tenant, page) => store.list(tenant, page),
    create: (identity, batch, key) =>
      'fileId' in batch.input
        ? createOfFile(parts, identity, { ...batch, fileId: batch.input.fileId, ...keyOf(key, batch) })
        : createOfLines(parts, identity, {
            ...batch,
            lines: encodeRequests(batch.input.requests, batch.endpoint),
            ...keyOf(key, batch),
          }),
    async cancel(tenant, id) {
      const { record } = await get(tenant, id);
      const status = await store.cancel(record, Math.floor(now() / 1000));
      if (status !== 'cancelling' && status !== 'cancelled') {
        const message = `This batch is ${status ?? 'gone'}; only one that is validating or in progress can be cancelled.`;
        throw new CaluteError('batch_has_ended', message);
      }
      onWork();
      return await get(tenant, id);
    },
    async retry(identity, id, key) {
      const batch = await get(identity.tenant, id);
      if (!hasEnded(batch.status)) {
        const message = `This batch is ${batch.status}; its failed lines can be sent again when it has ended.`;
        throw new CaluteError('batch_in_progress', message);
      }
      if (!batch.hasErrors) throw new CaluteError('invalid_request', 'No line of this batch has failed.');
      const { record } = batch;
      const again = { ...record, webhook: record.webhook, lines: pickFailed(files.files, record) };
      return await createOfLines(parts, identity, { ...again, ...keyOf(key, { retry: id }) });
    },
    follow: ({ record }, options) => followResults({ store, files: files.files }, record, options),
  };
}

type Settings = Omit<NewBatch, 'input'> & {
  readonly idempotency?: { readonly keyHash: string; readonly body: string };
};

function keyOf(key: string | undefined, asked: object): Pick<Settings, 'idempotency'> {
  return key === undefined
    ? {}
    : { idempotency: { keyHash: sha256(key), body: sha256(JSON.stringify(asked)) } };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Lines that this server writes down itself; for an idempotency key that has a batch they are dropped again. */
async function createOfLines(
  parts: BatchServiceParts,
  identity: Identity,
  { lines, ...settings }: Settings & { readonly lines: AsyncIterable<string> | Iterable<string> },
): Promise<Batch> {
  const { files, staging, limits } = parts.files;
  const { tenant } = identity;
  const maxBytes = Math.min(maxBatchFileBytes, limits.maxFileBytes);
  const content = await staging.stage({
    tenant,
    source: Readable.from(toBytes(lines), { objectMode: false }),
    maxBytes,
    reserveBytes: maxBytes,
    signal: new AbortController().signal,
  });
  const file = await files.create(content, { filename: 'requests.jsonl', purpose: 'batch' });
  const drop = () => files.remove(tenant, file.id).catch(() => undefined);
  try {
    const batch = await createOfFile(parts, identity, { ...settings, fileId: file.id });
    if (batch.record.inputFileId !== file.id) await drop();
    return batch;
  } catch (error) {
    // Without an answer of the store the batch may be there, and needs its file.
    if (!CaluteError.is(error) || error.code !== 'store_unavailable') await drop();
    throw error;
  }
}

async function* toBytes(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield Buffer.from(`${line}\n`);
}

function* encodeRequests(requests: readonly object[], endpoint: string): Generator<string> {
  for (const request of requests) yield JSON.stringify({ method: 'POST', url: endpoint, ...request });
}

async function createOfFile(
  parts: BatchServiceParts,
  identity: Identity,
  settings: Settings & { readonly fileId: FileId },
): Promise<Batch> {
  const { store, files, onWork, now } = parts;
  const file = await files.files.get(identity.tenant, settings.fileId);
  if (file.purpose !== 'batch') {
    const message = `The purpose of this file is "${file.purpose}"; upload it with purpose "batch".`;
    throw new CaluteError('invalid_request', message, { param: 'input_file_id' });
  }
  const created = await store.create(toRecord(identity, settings, now()), settings.idempotency);
  if (created.outcome === 'key-reused') {
    const message =
      'This Idempotency-Key was used with another request body; use a new key for a new request.';
    throw new CaluteError('idempotency_key_reused', message);
  }
  if (created.outcome === 'created') onWork();
  const batch = await store.get(identity.tenant, created.id);
  if (batch === undefined) {
    throw new CaluteError('batch_not_found', 'The batch of this Idempotency-Key has gone; use a new key.');
  }
  return batch;
}

function toRecord(
  { tenant, weight, group }: Identity,
  {
    endpoint,
    completionWindow,
    fileId,
    metadata,
    outputExpiresAfterS,
    webhook,
  }: Settings & { readonly fileId: FileId },
  nowMs: number,
): BatchRecord {
  const createdAt = Math.floor(nowMs / 1000);
  return {
    id: createBatchId(nowMs),
    tenant,
    endpoint,
    completionWindow,
    inputFileId: fileId,
    outputFileId: createFileId(nowMs),
    errorFileId: createFileId(nowMs),
    createdAt,
    expiresAt: createdAt + windowSeconds(completionWindow),
    outputExpiresAfterS: outputExpiresAfterS ?? expirySeconds.batch,
    ...(metadata === undefined ? {} : { metadata }),
    ...(weight === undefined ? {} : { weight }),
    ...(group === undefined ? {} : { group }),
    ...(webhook === undefined ? {} : { webhook }),
  };
}
