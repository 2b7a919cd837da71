import { createRedisProviderState } from '@calute/core/fleet/pacing/redis-provider-state';
import { createResolveModel } from '@calute/core/models/resolve-model';
import type { OpenedRunStore } from '@calute/core/queue/open-run-store';
import type { WorkerConfig } from './config.ts';

export interface OpenModelsParts {
  readonly store: Pick<OpenedRunStore, 'redis' | 'keys'>;
  readonly workerId: string;
  onError(error: unknown): void;
}

/** Opens the models of all configured providers, paced together with all other workers. */
export function openModels(config: WorkerConfig, { store, workerId, onError }: OpenModelsParts) {
  return createResolveModel({
    openai: {
      baseUrl: config.OPENAI_BASE_URL,
      apiKey: config.OPENAI_API_KEY,
      enforcesFormat: config.OPENAI_ENFORCES_FORMAT,
      maxConcurrency: config.OPENAI_MAX_CONCURRENCY,
    },
    anthropic: {
      baseUrl: config.ANTHROPIC_BASE_URL,
      apiKey: config.ANTHROPIC_API_KEY,
      maxConcurrency: config.ANTHROPIC_MAX_CONCURRENCY,
    },
    google: {
      baseUrl: config.GOOGLE_GENERATIVE_AI_BASE_URL,
      apiKey: config.GOOGLE_GENERATIVE_AI_API_KEY,
      maxConcurrency: config.GOOGLE_GENERATIVE_AI_MAX_CONCURRENCY,
    },
    pacing: {
      state: createRedisProviderState(store),
      worker: workerId,
      providerWaitMs: config.PROVIDER_WAIT_S * 1000,
      onError,
    },
  });
}
