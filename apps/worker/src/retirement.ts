import type { Announcer } from '@calute/core/fleet/create-announcer';
import type { RunConsumer } from '@calute/core/queue/run-queue';

export interface RetirementParts {
  readonly consumer: Pick<RunConsumer, 'pause' | 'resume' | 'idle'>;
  readonly announcer: Pick<Announcer, 'start' | 'withdraw'>;
  /** Says for how many runs this worker has room: all it may hold, or none. Must not throw. */
  setRoom(isOpen: boolean): Promise<void>;
  /** How long a word to Redis may take. */
  readonly closeMs: number;
}

/** Lets a worker that is not needed any more finish its runs, however long they take, and takes it back when it is. */
export interface Retirement {
  readonly isRetired: boolean;
  /** Takes nothing further and says so to all. */
  withdraw(): Promise<void>;
  /** Withdraws and waits for the runs in hand. */
  retire(): Promise<'idle' | 'recalled'>;
  recall(): Promise<void>;
}

export function createRetirement({ consumer, announcer, setRoom, closeMs }: RetirementParts): Retirement {
  let isRetired = false;
  let changes = 0;
  const withdraw = async () => {
    isRetired = true;
    changes += 1;
    const own = changes;
    consumer.pause();
    await setRoom(false);
    if (own === changes) await announcer.withdraw(AbortSignal.timeout(closeMs));
  };
  return {
    get isRetired() {
      return isRetired;
    },
    withdraw,
    async retire() {
      const withdrawn = withdraw();
      const own = changes;
      await withdrawn;
      await consumer.idle();
      return own === changes ? 'idle' : 'recalled';
    },
    async recall() {
      if (!isRetired) return;
      isRetired = false;
      changes += 1;
      // Known before it takes anything, so that its runs are not taken for those of a dead worker.
      await setRoom(true);
      if (isRetired) return;
      consumer.resume();
      await announcer.start();
    },
  };
}
