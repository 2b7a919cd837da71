import { type Periodic, startPeriodic } from '../async/periodic.ts';
import type { FileServices } from '../files/open-files.ts';
import { type Batches, type BatchServiceParts, createBatchService } from './batch-service.ts';
import { createBatchDriver, type DriverParts } from './drive/create-driver.ts';
import { createBatchStore } from './store/batch-store.ts';
import { createDriverStore, type DriverStoreParts } from './store/driver-store.ts';
import { createTellEnds } from './tell-ends.ts';

export interface ConnectBatchesParts extends DriverStoreParts, Omit<DriverParts, 'store' | 'files'> {
  readonly files: Omit<FileServices, 'sweep' | 'uploads'> & BatchServiceParts['files'];
  /** Whether webhooks may go to addresses that are not public. */
  readonly allowPrivateWebhooks: boolean;
}

/** What a process does with batches: serves them, drives those that nobody drives, and tells of their ends. */
export interface ConnectedBatches {
  readonly batches: Batches;
  start(): void;
  /** Gives the batches that it drives back. */
  stop(): Promise<void>;
}

const tellEveryMs = 1000;

export function connectBatches(parts: ConnectBatchesParts): ConnectedBatches {
  const { redis, keys, now, logger, onError, allowPrivateWebhooks } = parts;
  const driver = createBatchDriver({ ...parts, store: createDriverStore(parts) });
  const store = createBatchStore({ redis, keys });
  const tell = createTellEnds({ redis, keys, now, logger, allowPrivate: allowPrivateWebhooks });
  let telling: Periodic | undefined;
  return {
    batches: createBatchService({ store, files: parts.files, now, onWork: () => void driver.wake() }),
    start() {
      driver.start();
      telling = startPeriodic({ everyMs: tellEveryMs, round: tell, onError });
    },
    async stop() {
      await Promise.all([driver.stop(), telling?.stop()]);
    },
  };
}
