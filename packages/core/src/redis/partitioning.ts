import { createHash } from 'node:crypto';
import { type PartitionMark, type RunId, readMark, type TenantId } from '../ids.ts';

/**
 * Which partition a run is in. A partition is a set of keys that hold all of a run and of its tenant, so that every step stays
 * atomic: in a Cluster it is one slot.
 */
export interface Partitioning {
  readonly count: number;
  /** Always the same for a tenant, so that its limits, its idempotency keys and its share hold exactly. */
  ofTenant(tenant: TenantId): number;
  /** By the mark in its id; 0 for an id without one, which names no run where there are several partitions. */
  ofRun(runId: RunId): number;
  /** What the ids of a tenant's runs carry. */
  markOf(tenant: TenantId): PartitionMark;
}

/** Two digits to this base. */
const markBase = 36;

export function createPartitioning(count: number): Partitioning {
  const ofTenant = (tenant: TenantId) => (count === 1 ? 0 : hash(tenant) % count);
  return {
    count,
    ofTenant,
    ofRun(runId) {
      const mark = count === 1 ? undefined : readMark(runId);
      const number = mark === undefined ? 0 : Number.parseInt(mark, markBase);
      return number < count ? number : 0;
    },
    markOf: (tenant) => (count === 1 ? '' : ofTenant(tenant).toString(markBase).padStart(2, '0')),
  };
}

function hash(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE();
}

export interface KeySpace {
  readonly prefix: string;
  readonly isCluster: boolean;
}

/** The prefix of what concerns the whole installation. In a Cluster all of that is one slot. */
export function globalPrefix({ prefix, isCluster }: KeySpace): string {
  return isCluster && !prefix.includes('{') ? `{${prefix}}` : prefix;
}

/** The prefix of one partition; a single one shares the installation's. */
export function partitionPrefix(
  space: KeySpace & { readonly partitions: number },
  partition: number,
): string {
  return space.partitions === 1 ? globalPrefix(space) : `{${space.prefix}:p${partition}}`;
}
