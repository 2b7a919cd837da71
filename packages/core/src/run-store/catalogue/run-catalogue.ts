import type { RunId, TenantId } from '../../ids.ts';
import type { RunRequest } from '../../runs/run-request.ts';
import type { KeptAs } from '../run-log.ts';

/** What is known of a run beside what it says. */
export interface RunDescription {
  readonly runId: RunId;
  readonly tenant: TenantId;
  readonly createdMs: number;
  readonly deadlineMs: number;
  readonly agent: string;
  readonly request: RunRequest;
  /** `waiting`: no worker has begun it. */
  readonly state: 'waiting' | 'running' | 'ended';
  /** Of its log. */
  readonly lastSeq: number;
  /** Whether it is kept for longer than any run. */
  readonly isKept: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Which runs are meant; what is absent does not matter. */
export interface RunFilter {
  readonly tenant?: TenantId;
  readonly agent?: string;
  /** How they ended; `live`: not yet. */
  readonly end?: 'live' | 'completed' | 'failed' | 'cancelled';
  /** Pairs that their metadata must have. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface RunPage {
  /** Of one tenant, the runs that are kept in this format; otherwise all, as far as they are listed. */
  readonly kept?: { readonly tenant: TenantId; readonly as: KeptAs };
  readonly filter: RunFilter;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  /** Those behind this one, or behind one that was made then. */
  readonly after?: RunId | RunPlace;
}

/** Where a run would stand that is not in the list. */
export interface RunPlace {
  readonly createdMs: number;
  /** Whether those of the same ms stand before it. */
  readonly withEqual: boolean;
}

export interface RunList {
  readonly runs: readonly RunDescription[];
  readonly hasMore: boolean;
}

/**
 * The runs to be found, apart from who runs and reads them: by id, in the order of their making, kept ones by tenant. A store
 * that keeps them elsewhere is another implementation. Each method is atomic for each run. Throws CaluteError
 * `store_unavailable`.
 */
export interface RunCatalogue {
  /** In the order given; undefined for a run that is not known. */
  find(runIds: readonly RunId[]): Promise<(RunDescription | undefined)[]>;
  /** Undefined when `after` is not in the list. */
  list(page: RunPage): Promise<RunList | undefined>;
  /** Lets the retention of kept runs begin anew. */
  touch(runIds: readonly RunId[]): Promise<void>;
  /** Replaces the metadata of a kept run. */
  describe(
    runId: RunId,
    tenant: TenantId,
    metadata: Readonly<Record<string, string>>,
  ): Promise<'done' | 'unknown'>;
  /** Forgets a run that has ended, with its log and its idempotency key. */
  remove(runId: RunId, tenant: TenantId): Promise<'removed' | 'live' | 'unknown'>;
  /** The run that an idempotency key belongs to. */
  ownerOf(tenant: TenantId, idempotencyKey: string): Promise<RunId | undefined>;
}
