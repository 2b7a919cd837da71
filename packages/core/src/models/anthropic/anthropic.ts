import { createAnthropic } from '@ai-sdk/anthropic';
import { TypeValidationError } from '@ai-sdk/provider';
import { CaluteError } from '../../errors.ts';
import { sendWellFormed } from '../messages/well-formed-fetch.ts';
import type { UpstreamProvider } from '../model-provider.ts';
import { createSdkProvider } from '../sdk-provider.ts';
import type { UpstreamFetch } from '../upstream/upstream-fetch.ts';
import { anthropicParameters, toAnthropicCallOptions } from './anthropic-request-fields.ts';

export interface AnthropicConfig {
  /** Ends in `/v1`. @defaultValue `https://api.anthropic.com/v1` */
  readonly baseUrl?: string | undefined;
  readonly apiKey: string;
}

const accepts = new Set(anthropicParameters);

/** The model `name` of Anthropic's messages API; requests go through `fetch`, without retries. */
export function createAnthropicProvider(
  name: string,
  config: AnthropicConfig,
  fetch: UpstreamFetch,
): UpstreamProvider {
  const { apiKey, baseUrl = 'https://api.anthropic.com/v1' } = config;
  const { host } = new URL(baseUrl);
  // All settings are given: the package would read those that are not from the environment.
  const provider = createAnthropic({ baseURL: baseUrl, apiKey, fetch: sendWellFormed(fetch) });
  return createSdkProvider({
    model: provider.messages(name),
    upstream: { host, apiKey },
    accepts,
    // Not enforced: the package turns bounds and patterns into prose, and older models get the schema as a tool's.
    toOptions: toAnthropicCallOptions,
    explain: (error) => toBadChunk(error, host),
    mayPassOver: isNewEvent,
  });
}

const eventTypes: ReadonlySet<unknown> = new Set([
  'ping',
  'error',
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
]);

/** Anthropic's versioning lets new types of events come at any time, which clients have to pass over. */
function isNewEvent(error: unknown): boolean {
  if (!TypeValidationError.isInstance(error)) return false;
  const { value } = error;
  if (typeof value !== 'object' || value === null || 'error' in value || !('type' in value)) return false;
  return typeof value.type === 'string' && !eventTypes.has(value.type);
}

/** The package throws a plain Error, and nothing else does, for a first event that it cannot read. */
function toBadChunk(error: unknown, host: string): unknown {
  if (!(error instanceof Error) || Object.getPrototypeOf(error) !== Error.prototype) return error;
  const message = `The model provider at ${host} sent a chunk that cannot be read.`;
  return new CaluteError('upstream_bad_chunk', message, { cause: error });
}
