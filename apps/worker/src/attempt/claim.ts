import type { ClaimOutcome } from '@calute/core/run-store/run-log';

/** A run that this worker has been given. */
export type Claim = Extract<ClaimOutcome, { outcome: 'claimed' }>;
