import { type ProviderName, parseModelName } from '../agent/model-name.ts';
import { CaluteError } from '../errors.ts';
import type { ProviderParameter } from '../request/provider-fields.ts';
import { createAnthropicProvider } from './anthropic/anthropic.ts';
import { anthropicParameters } from './anthropic/anthropic-request-fields.ts';
import { createGoogleProvider } from './google/google.ts';
import { googleParameters } from './google/google-request-fields.ts';
import type { ModelProvider, ResolveModel, UpstreamProvider } from './model-provider.ts';
import { createOfflineProvider } from './offline.ts';
import { createOpenAiProvider, type OpenAiConfig } from './openai/create-openai-provider.ts';
import { passedParameters } from './openai/openai-request-body.ts';
import { createPacing, type PacingConfig } from './pacing/create-pacing.ts';
import { createMemoryProviderState } from './pacing/memory-provider-state.ts';
import { createUpstreamClient, type UpstreamClient } from './upstream/upstream-client.ts';
import { toFetch } from './upstream/upstream-fetch.ts';
import type { UpstreamLimits } from './upstream/upstream-limits.ts';

interface Paced {
  /** Calls that may be open at once, over all workers; absent or 0: any number. */
  readonly maxConcurrency?: number | undefined;
}

/** Where a provider is asked, and with which key; without a key its models can be announced but not called. */
export interface KeyedConfig extends Paced {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
}

/** A server that the operator has named. */
export interface NamedConfig extends OpenAiConfig, Paced {
  readonly baseUrl: string;
  /** The variable that its settings ask for and that is not set: its models can be announced but not called. */
  readonly lacks?: string | undefined;
}

export interface ModelConfig {
  readonly openai: OpenAiConfig & Paced;
  readonly anthropic?: KeyedConfig;
  readonly google?: KeyedConfig;
  /** Further servers that speak OpenAI's chat completions, by the name that model names begin with. */
  readonly named?: Readonly<Record<string, NamedConfig>>;
  readonly limits?: Partial<UpstreamLimits>;
  /** @defaultValue what this process alone knows, and waits of 30 s */
  readonly pacing?: PacingConfig;
}

/**
 * Finds models of the providers `offline`, `openai`, `anthropic`, `google` and those that are named; throws
 * `provider_not_configured` for any other. A provider without its key resolves, so that its agents can be announced, and throws
 * `provider_not_configured` when it is called. All models share one pool of connections, which disposing closes; calls are
 * paced, see withPacing.
 */
export function createResolveModel(config: ModelConfig): ResolveModel & AsyncDisposable {
  const client = createUpstreamClient(config.limits ?? {});
  const pacing = createPacing(config.pacing ?? createOwnPacing());
  const create: ResolveModel = (model) => {
    const { provider, name } = parseModelName(model, Object.keys(config.named ?? {}));
    if (provider === 'offline') return createOfflineProvider(name);
    const open = isBuiltIn(provider) ? connect[provider] : connectNamed(provider);
    const connected = open(name, config, client);
    if (!('host' in connected)) return connected;
    const { maxConcurrency } = (isBuiltIn(provider) ? config[provider] : config.named?.[provider]) ?? {};
    return pacing.pace(connected, { provider, host: connected.host, model: name, maxConcurrency });
  };
  // Making one may build the schemas of the SDK: 7 % of a worker's time when it was done for each run.
  const made = new Map<string, ModelProvider>();
  const resolveModel: ResolveModel = (model) => {
    const provider = made.get(model) ?? create(model);
    made.set(model, provider);
    return provider;
  };
  return Object.assign(resolveModel, {
    async [Symbol.asyncDispose]() {
      await pacing[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    },
  });
}

function createOwnPacing(): PacingConfig {
  const state = createMemoryProviderState(performance.now.bind(performance));
  return { state, worker: 'own', providerWaitMs: 30_000, onError: () => undefined };
}

/** One with a host if it is configured. */
type Connect = (
  name: string,
  config: ModelConfig,
  client: UpstreamClient,
) => UpstreamProvider | ModelProvider;

type BuiltIn = Exclude<ProviderName, 'offline'>;

function isBuiltIn(provider: string): provider is BuiltIn {
  return provider in connect;
}

function connectNamed(provider: string): Connect {
  return (name, { named = {} }, client) => {
    const { lacks, maxConcurrency: _, ...config } = named[provider] ?? {};
    if (lacks === undefined) return createOpenAiProvider(name, config, client);
    return createUnconfigured(passedParameters, `${provider}:${name}`, lacks);
  };
}

const connect: Readonly<Record<BuiltIn, Connect>> = {
  openai(name, { openai }, client) {
    if (openai.apiKey !== undefined || openai.baseUrl !== undefined)
      return createOpenAiProvider(name, openai, client);
    const needs = 'OPENAI_API_KEY, or OPENAI_BASE_URL of a server that wants no key';
    return createUnconfigured(passedParameters, `openai:${name}`, needs);
  },
  anthropic(name, { anthropic = {} }, client) {
    const { apiKey, baseUrl } = anthropic;
    if (apiKey !== undefined) return createAnthropicProvider(name, { apiKey, baseUrl }, toFetch(client));
    return createUnconfigured(anthropicParameters, `anthropic:${name}`, 'ANTHROPIC_API_KEY');
  },
  google(name, { google = {} }, client) {
    const { apiKey, baseUrl } = google;
    if (apiKey !== undefined) return createGoogleProvider(name, { apiKey, baseUrl }, toFetch(client));
    return createUnconfigured(googleParameters, `google:${name}`, 'GOOGLE_GENERATIVE_AI_API_KEY');
  },
};

function createUnconfigured(
  accepts: readonly ProviderParameter[],
  model: string,
  needs: string,
): ModelProvider {
  return {
    accepts: new Set(accepts),
    needs,
    stream: () => {
      throw new CaluteError('provider_not_configured', `The model "${model}" needs ${needs}.`);
    },
  };
}
