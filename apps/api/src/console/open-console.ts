import type { Authenticate } from '@calute/core/api-keys/authenticate';
import { createConsoleSessions } from '@calute/core/api-keys/console-sessions';
import { type AuthenticateParts, createIdentifyHash } from '@calute/core/api-keys/create-authenticate';
import type { KeyStore } from '@calute/core/api-keys/key-store';
import { createRedisProviderState } from '@calute/core/fleet/pacing/redis-provider-state';
import { createReadWorkers } from '@calute/core/fleet/worker-reports';
import type { Logger } from '@calute/core/logging/logger';
import type { OpenedRunStore } from '@calute/core/partitions/open-run-store';
import {
  routeDeadLetters,
  routeInspectBacklog,
  routeRunStates,
} from '@calute/core/partitions/route-operations';
import { acceptAgain } from '@calute/core/queue/accept-again';
import type { DeadLetters } from '@calute/core/queue/dead-letters';
import { createReadUsage } from '@calute/core/run-store/journal/day-usage';
import { createJournalReader } from '@calute/core/run-store/journal/redis-run-journal';
import type { ConsoleChanges, ConsoleSources } from './console-sources.ts';
import { createHub } from './live/hub.ts';
import type { Console } from './mount-console.ts';
import { createRunMirror } from './runs/run-mirror.ts';

export interface OpenConsoleParts extends AuthenticateParts {
  readonly store: KeyStore;
  readonly runs: Pick<
    OpenedRunStore,
    'redis' | 'keys' | 'partitions' | 'partitioning' | 'log' | 'backlog' | 'dispatcher' | 'queue'
  >;
  readonly authenticate: Authenticate;
  /** Of a run that is sent again. */
  readonly deadlineMs: number;
  readonly logger: Logger;
}

/** The console on this process's store. It asks the store for nothing until somebody looks. */
export function openConsole(parts: OpenConsoleParts): Console & { close(): Promise<void> } {
  const { runs, now, logger } = parts;
  const deadLetters = openLater(() => routeDeadLetters(runs));
  const sources = createSources(parts, deadLetters.letters);
  const mirror = createRunMirror({ journal: sources.journal, now });
  const hub = createHub({ onError: (error) => logger.error({ err: error }, 'console.failed') });
  return {
    access: {
      authenticate: parts.authenticate,
      identifyHash: createIdentifyHash(parts),
      sessions: createConsoleSessions({ ...runs, now }),
    },
    sources,
    changes: createChanges(parts),
    mirror,
    hub,
    async close() {
      await hub.close();
      mirror.close();
      await deadLetters.close();
    },
  };
}

function createSources(
  { runs, store, now }: OpenConsoleParts,
  deadLetters: ConsoleSources['deadLetters'],
): ConsoleSources {
  const { redis, keys } = runs;
  return {
    journal: createJournalReader(redis, keys),
    runStates: routeRunStates(runs),
    log: runs.log,
    inspectBacklog: routeInspectBacklog(runs),
    backlog: runs.backlog,
    workers: createReadWorkers(redis, keys),
    providers: createRedisProviderState({ redis, keys }).read,
    usage: createReadUsage(redis, keys),
    keys: store,
    deadLetters,
    now,
  };
}

function createChanges({ runs, deadlineMs, logger }: OpenConsoleParts): ConsoleChanges {
  const { log, queue } = runs;
  return {
    async cancel(runId) {
      const outcome = await log.end(runId, { reason: 'cancelled', by: 'client' });
      // A worker that meets it finds it ended; without its job none does.
      queue.remove(runId).catch((error: unknown) => logger.warn({ err: error, runId }, 'run.dequeue-failed'));
      return outcome;
    },
    again: (content) => acceptAgain(content, { ...runs, deadlineMs }),
  };
}

/** BullMQ's client is made when somebody looks at dead letters for the first time. */
function openLater(open: () => DeadLetters) {
  let opened: DeadLetters | undefined;
  const get = () => {
    opened ??= open();
    return opened;
  };
  const letters: Pick<DeadLetters, 'list' | 'find' | 'remove'> = {
    list: (limit) => get().list(limit),
    find: (runId) => get().find(runId),
    remove: (runId) => get().remove(runId),
  };
  return { letters, close: async () => void (await opened?.close()) };
}
