import { resolve } from 'node:path';
import { createRedisProviderState } from '@calute/core/fleet/pacing/redis-provider-state';
import { createResolveModel, type NamedConfig } from '@calute/core/models/resolve-model';
import type { OpenedRunStore } from '@calute/core/partitions/open-run-store';
import type { WorkerConfig } from '../config.ts';
import { readModelProviders } from './read-model-providers.ts';

/** The providers beside Calute's own, by name. */
export type NamedProviders = Readonly<Record<string, NamedConfig>>;

/** Those of the file that `MODEL_PROVIDERS` names. Throws StartError. */
export async function readNamedProviders({ MODEL_PROVIDERS: path }: WorkerConfig): Promise<NamedProviders> {
  return path === undefined ? {} : await readModelProviders(resolve(path), process.env);
}

export interface OpenModelsParts {
  readonly named: NamedProviders;
  readonly store: Pick<OpenedRunStore, 'redis' | 'keys'>;
  readonly workerId: string;
  onError(error: unknown): void;
}

/** Opens the models of all configured providers, paced together with all other workers. */
export function openModels(config: WorkerConfig, { named, store, workerId, onError }: OpenModelsParts) {
  const { OPENAI_MAX_TOKENS_FIELD, OPENAI_STREAM_OPTIONS } = config;
  return createResolveModel({
    openai: {
      baseUrl: config.OPENAI_BASE_URL,
      apiKey: config.OPENAI_API_KEY,
      enforcesFormat: config.OPENAI_ENFORCES_FORMAT,
      headers: config.OPENAI_HEADERS,
      dialect: {
        ...(OPENAI_STREAM_OPTIONS === undefined ? {} : { streamOptions: OPENAI_STREAM_OPTIONS }),
        ...(OPENAI_MAX_TOKENS_FIELD === undefined ? {} : { maxTokensField: OPENAI_MAX_TOKENS_FIELD }),
      },
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
    named,
    pacing: {
      state: createRedisProviderState(store),
      worker: workerId,
      providerWaitMs: config.PROVIDER_WAIT_S * 1000,
      onError,
    },
  });
}
