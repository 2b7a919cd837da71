import { CaluteError } from '../../errors.ts';
import { anthropicParameters } from './anthropic-request-fields.ts';
import { createAnthropicProvider } from './anthropic.ts';
import { createGoogleProvider } from './google.ts';
import { googleParameters } from './google-request-fields.ts';
import { parseModelName } from './model-name.ts';
import type { ModelProvider, ResolveModel } from './model-provider.ts';
import { createOfflineProvider } from './offline.ts';
import { createOpenAiProvider, type OpenAiConfig } from './openai.ts';
import { passedParameters } from './openai-request-fields.ts';
import { createProtect } from './resilience/create-protect.ts';
import type { UpstreamProvider } from './sdk-provider.ts';
import { createUpstreamFetch, type UpstreamFetch } from './upstream/upstream-fetch.ts';
import type { UpstreamLimits } from './upstream/upstream-limits.ts';

/** Where a provider is asked, and with which key; without a key its models can be announced but not called. */
export interface KeyedConfig {
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
}

export interface ModelConfig {
  readonly openai: OpenAiConfig;
  readonly anthropic?: KeyedConfig;
  readonly google?: KeyedConfig;
  readonly limits?: Partial<UpstreamLimits>;
}
