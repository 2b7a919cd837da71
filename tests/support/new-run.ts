import { createRunId, tenantIdSchema } from '../../packages/core/src/ids.ts';
import type { NewRun } from '../../packages/core/src/run-store/run-log.ts';

/** A run as an API accepts it, for tests that play the API themselves. */
export function newRun(channel: string, overrides: Partial<NewRun> = {}): NewRun {
  return {
    id: createRunId(Date.now()),
    tenant: tenantIdSchema.parse('local'),
    request: {
      version: 1,
      chat: { model: 'echo', messages: [{ role: 'user', content: 'hi' }] },
      showEvents: false,
    },
    deadlineMs: 60_000,
    channel,
    limits: { maxLive: 1_000_000 },
    place: { runClass: 'live', flow: 'tenant:local', weight: 1, cost: 10 },
    provisional: false,
    ...overrides,
  };
}
