import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { TenantId } from '../../ids.ts';
import { defineScript } from '../../redis/load-script.ts';
import { type FileRecord, ownedMember } from '../file-record.ts';
import type { CatalogueParts, StagedBlob } from './blob-ledger.ts';
import { fileKeys, type OwnedFile } from './file-catalogue.ts';

export interface Append {
  /** How long the content is, as the writer knows it. */
  readonly after: number;
  readonly blob: StagedBlob;
  readonly bytes: number;
}

/**
 * `moved`: the content has another length, because somebody has appended meanwhile. `given-up`: the blob is not staged. But for
 * `appended` the blob stays as it is, for the writer to discard.
 */
export type AppendOutcome =
  | { readonly outcome: 'appended' | 'moved'; readonly bytes: number }
  | { readonly outcome: 'unknown' | 'given-up' };

/**
 * Files that the server writes bit by bit, readable meanwhile. They count against the quota of their tenant and are never
 * refused because of it: what they hold is paid for. Each method is atomic and may be sent twice. Errors: CaluteError
 * `store_unavailable`.
 */
export interface GrowingFiles {
  /** Makes the file of this record, with no content. */
  begin(tenant: TenantId, record: FileRecord & { readonly bytes: 0 }): Promise<void>;
  /** Puts staged content behind what is there. Two writers that believe the same length never both do so. */
  append(file: OwnedFile, append: Append): Promise<AppendOutcome>;
}

const replySchema = z.tuple([z.enum(['appended', 'moved', 'unknown', 'given-up']), z.number()]);

export function createGrowingFiles({ redis, keys }: CatalogueParts): GrowingFiles {
  const begin = defineScript(redis, {
    name: 'begin-growing',
    lua: luaFile('begin-growing'),
    numberOfKeys: 5,
  });
  const appendLua = `${readPutBlob()}\n${readFileSync(luaFile('append-file'), 'utf8')}`;
  const append = defineScript(redis, { name: 'append-file', lua: appendLua, numberOfKeys: 4 });
  return {
    async begin(tenant, record) {
      const { id, purpose, expiresAt } = record;
      const [files = '', index = '', ofPurpose = '', , expiry = ''] = fileKeys(keys, { tenant, id, purpose });
      const expiresMs = expiresAt === undefined ? '' : expiresAt * 1000;
      const touched = [keys.tenantFileUsage(tenant), files, index, ofPurpose, expiry];
      await begin(touched, [id, JSON.stringify(record), ownedMember(tenant, id), expiresMs]);
    },
    async append({ tenant, id }, { after, blob, bytes }) {
      const usage = keys.tenantFileUsage(tenant);
      const touched = [usage, keys.stagedBlobs, keys.tenantFiles(tenant), keys.fileBlobs(id)];
      const args = [blob.name, ownedMember(blob.tenant, blob.name), id, bytes, after];
      const [outcome, length] = replySchema.parse(await append(touched, args));
      return outcome === 'appended' || outcome === 'moved' ? { outcome, bytes: length } : { outcome };
    },
  };
}

/** The Lua functions that put a staged blob behind the content of a file, for scripts that do more in the same step. */
export function readPutBlob(): string {
  return readFileSync(luaFile('put-blob'), 'utf8');
}

function luaFile(name: string): URL {
  return new URL(`./lua/${name}.lua`, import.meta.url);
}
