import { CaluteError } from '../../errors.ts';
import { parseModelName } from './model-name.ts';
import type { ModelProvider, ResolveModel } from './model-provider.ts';
import { createOfflineProvider } from './offline.ts';
import { createOpenAiProvider, type OpenAiConfig } from './openai.ts';
import { createUpstreamFetch, type UpstreamFetch } from './upstream/upstream-fetch.ts';
import type { UpstreamLimits } from './upstream/upstream-limits.ts';

export interface ModelConfig {
  readonly openai: OpenAiConfig;
  readonly limits?: Partial<UpstreamLimits>;
}

/**
 * Finds models of the providers `offline` and `openai`; throws `provider_not_configured` for any other. A provider without
 * its key resolves, so that its agents can be announced, and throws `provider_not_configured` when it is called. All
 * models share one pool of connections, which disposing closes.
 */
export function createResolveModel({ openai, limits = {} }: ModelConfig): ResolveModel & AsyncDisposable {
  const fetch = createUpstreamFetch(limits);
  const create: ResolveModel = (model) => {
    const { provider, name } = parseModelName(model);
    switch (provider) {
      case 'offline':
        return createOfflineProvider(name);
      case 'openai':
        return resolveOpenAi(name, openai, fetch);
    }
  };
  // Making one builds the schemas of the SDK: 7 % of a worker's time when it was done for each run.
  const made = new Map<string, ModelProvider>();
  const resolveModel: ResolveModel = (model) => {
    const provider = made.get(model) ?? create(model);
    made.set(model, provider);
    return provider;
  };
  return Object.assign(resolveModel, { [Symbol.asyncDispose]: () => fetch[Symbol.asyncDispose]() });
}

function resolveOpenAi(name: string, config: OpenAiConfig, fetch: UpstreamFetch): ModelProvider {
  const provider = createOpenAiProvider(name, config, fetch);
  if (config.apiKey !== undefined || config.baseUrl !== undefined) return provider;
  return {
    ...provider,
    stream: () => {
      throw new CaluteError(
        'provider_not_configured',
        `The model "openai:${name}" needs OPENAI_API_KEY, or OPENAI_BASE_URL of a server that wants no key.`,
      );
    },
  };
}
