import { randomUUID } from 'node:crypto';
import { createKeyStore } from '@calute/core/api-keys/key-store';
import type { GatherOptions } from '@calute/core/async/gather-calls';
import { within } from '@calute/core/async/within';
import { CaluteError } from '@calute/core/errors';
import { openFiles } from '@calute/core/files/open-files';
import { createAgentDirectory } from '@calute/core/fleet/create-agent-directory';
import type { Logger } from '@calute/core/logging/logger';
import { openRunStore } from '@calute/core/partitions/open-run-store';
import { routeCatalogue } from '@calute/core/partitions/route-catalogue';
import { routeConversations } from '@calute/core/partitions/route-conversations';
import { routeFollower } from '@calute/core/partitions/route-follower';
import { createErrorReport } from '@calute/core/redis/error-report';
import { createFollower } from '@calute/core/run-store/read/follower';
import type { createRedisRunStore } from '@calute/core/run-store/redis-run-store';
import type { ApiConfig } from './config.ts';

/** Frames that wait for one slow client before it is sent to the log. */
const maxBufferedBytes = 256 * 1024;
const silenceMs = 1000;
const giveUpMs = 30_000;
const closeMs = 2000;

/** What the fault suite puts in place of a part, to show that it notices a broken one. */
export interface ApiSubstitutes {
  readonly createStore?: typeof createRedisRunStore;
  readonly createFollower?: typeof createFollower;
}

interface OpenStoreParts extends ApiSubstitutes {
  readonly logger: Logger;
  readonly pace: GatherOptions;
}

/** Everything that stands on Redis, and how to let go of it. */
export async function openStore(
  config: ApiConfig,
  { logger, pace, createStore, createFollower: create = createFollower }: OpenStoreParts,
) {
  const report = createErrorReport(logger);
  const onError = (error: unknown) => reportOutage(logger, error);
  const substitute = createStore && { createStore };
  const parts = { role: 'command' as const, report, onError, logger, pace };
  const store = await openRunStore(config, { ...parts, ...substitute });
  const { redis, keys } = store;
  const files = await openFiles(config, { redis, keys, logger }).catch(async (error: unknown) => {
    await store.closeQueue();
    await store.close();
    throw error;
  });
  const bounds = { maxBufferedBytes, silenceMs, giveUpMs };
  const follower = routeFollower({ ...store, ...bounds, instanceId: randomUUID(), create });
  return {
    ...store,
    files,
    follower,
    keyStore: createKeyStore({ redis, keys, now: Date.now, logger }),
    agents: createAgentDirectory({ redis, keys, now: Date.now, logger }),
    catalogue: routeCatalogue(store),
    conversationStore: routeConversations(store),
    async close() {
      // Without Redis nobody confirms that the channel is left.
      await within(closeMs, follower.close());
      files.close();
      await store.closeQueue();
      await store.close();
    },
  };
}

export type OpenedStore = Awaited<ReturnType<typeof openStore>>;

/** The connection reports an outage for all; anything else is a bug. */
export function reportOutage(logger: Logger, error: unknown): void {
  if (!CaluteError.is(error)) logger.error({ err: error }, 'store.failed');
}
