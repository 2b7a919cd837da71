import { createHash } from 'node:crypto';

/** An idempotency key as it stands in a name, so that its length is bounded. */
export function hashKey(idempotencyKey: string): string {
  return createHash('sha256').update(idempotencyKey).digest('hex');
}
