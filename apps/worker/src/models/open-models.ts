import { resolve } from 'node:path';
import type { ResolveModel } from '@calute/core/models/model-provider';
import { createResolveModel } from '@calute/core/models/resolve-model';
import type { WorkerConfig } from '../config.ts';
import { readModelProviders } from './read-model-providers.ts';

export interface Models {
  readonly resolveModel: ResolveModel & AsyncDisposable;
  /** The names of providers beside Calute's own. */
  readonly named: readonly string[];
}

/** The models that the settings of a worker lead to. Throws StartError. */
export async function openModels(config: WorkerConfig): Promise<Models> {
  const { MODEL_PROVIDERS: path, OPENAI_MAX_TOKENS_FIELD, OPENAI_STREAM_OPTIONS } = config;
  const named = path === undefined ? {} : await readModelProviders(resolve(path), process.env);
  const resolveModel = createResolveModel({
    openai: {
      baseUrl: config.OPENAI_BASE_URL,
      apiKey: config.OPENAI_API_KEY,
      enforcesFormat: config.OPENAI_ENFORCES_FORMAT,
      headers: config.OPENAI_HEADERS,
      dialect: {
        ...(OPENAI_STREAM_OPTIONS === undefined ? {} : { streamOptions: OPENAI_STREAM_OPTIONS }),
        ...(OPENAI_MAX_TOKENS_FIELD === undefined ? {} : { maxTokensField: OPENAI_MAX_TOKENS_FIELD }),
      },
    },
    anthropic: { baseUrl: config.ANTHROPIC_BASE_URL, apiKey: config.ANTHROPIC_API_KEY },
    google: { baseUrl: config.GOOGLE_GENERATIVE_AI_BASE_URL, apiKey: config.GOOGLE_GENERATIVE_AI_API_KEY },
    named,
  });
  return { resolveModel, named: Object.keys(named) };
}
