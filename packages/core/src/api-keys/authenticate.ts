import type { TenantId } from '../ids.ts';
import type { Scope } from './api-key.ts';

/** Who sends a request, and what it may do. */
export interface Identity {
  readonly tenant: TenantId;
  readonly scopes: readonly Scope[];
  readonly requestsPerMinute: number | undefined;
  readonly tokensPerMinute: number | undefined;
  readonly concurrency: number | undefined;
  /** Its share of what workers do, beside those of others. */
  readonly weight?: number | undefined;
  /** Keys of one group have one share. */
  readonly group?: string | undefined;
  /** How long what it stores is kept; undefined: as the installation says. */
  readonly retentionMs?: number | undefined;
}

/**
 * `open` is the answer while no key exists anywhere; the caller must only serve it on loopback.
 * `refused` means that keys exist and this is none of them.
 */
export type Authentication =
  | { readonly outcome: 'open'; readonly identity: Identity }
  | { readonly outcome: 'authenticated'; readonly identity: Identity }
  | { readonly outcome: 'refused' };

/** Checks a bearer secret; undefined when the client sent none. Revocations take effect within 30 s. */
export type Authenticate = (secret: string | undefined) => Promise<Authentication>;
