import { startPeriodic } from '@calute/core/async/periodic';
import type { Logger } from '@calute/core/logging/logger';
import type { OpenedRunStore } from '@calute/core/partitions/open-run-store';
import { StartError } from '@calute/core/process/start-error';
import { sweep, sweepEveryMs } from '@calute/core/queue/sweep';
import type { WorkerHealth } from './admin/open-admin.ts';
import type { WatchdogVerdict } from './watchdog.ts';

const lookEveryMs = 5000;
export const wedgedAfterMs = 30_000;
const wedgedMessage = `This worker took no run for ${wedgedAfterMs / 1000} s though runs waited and it had room; restart it.`;

export interface WatchOverParts {
  readonly store: OpenedRunStore;
  readonly logger: Logger;
  readonly health: Pick<WorkerHealth, 'isWedged'>;
  look(): Promise<WatchdogVerdict>;
  onError(error: unknown): void;
}

/** Sweeps, and looks whether this worker takes runs; `failed` resolves when it does not. */
export function watchOver({ store, logger, health, look, onError }: WatchOverParts) {
  const wedged = Promise.withResolvers<Error>();
  const sweeping = store.partitions.map((partition) =>
    startPeriodic({ everyMs: sweepEveryMs, round: () => sweep({ ...partition, logger }), onError }),
  );
  const watching = startPeriodic({
    everyMs: lookEveryMs,
    onError,
    async round() {
      health.isWedged = (await look()) === 'wedged';
      if (health.isWedged) wedged.resolve(new StartError(wedgedMessage));
    },
  });
  return { failed: wedged.promise, rounds: [...sweeping, watching] };
}
