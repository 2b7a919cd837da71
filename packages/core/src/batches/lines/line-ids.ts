import { createHash } from 'node:crypto';
import { type RunId, runIdSchema } from '../../ids.ts';
import type { Partitioning } from '../../redis/partitioning.ts';
import type { BatchRecord } from '../batch.ts';

export interface LineAttempt {
  readonly number: number;
  readonly attempt: number;
}

/**
 * The run of an attempt at a line: the same for whoever makes the attempt, so that it is accepted once. As unguessable as the id
 * of the batch.
 */
export function runIdOf(
  { id, createdAt, tenant }: BatchRecord,
  { number, attempt }: LineAttempt,
  partitioning: Pick<Partitioning, 'markOf'>,
): RunId {
  const second = createdAt.toString(16).padStart(8, '0');
  const digest = createHash('sha256').update(`${id} ${number} ${attempt}`).digest().subarray(0, 18);
  return runIdSchema.parse(`chatcmpl-${second}${partitioning.markOf(tenant)}${digest.toString('base64url')}`);
}

/** What stands beside the `custom_id` in a line of results. */
export function requestIdOf({ id }: Pick<BatchRecord, 'id'>, number: number): string {
  return `batch_req_${createHash('sha256').update(`${id} ${number}`).digest('hex').slice(0, 32)}`;
}
