import { createGoogle } from '@ai-sdk/google';
import { sendWellFormed } from '../messages/well-formed-fetch.ts';
import type { UpstreamProvider } from '../model-provider.ts';
import { createSdkProvider } from '../sdk-provider.ts';
import type { UpstreamFetch } from '../upstream/upstream-fetch.ts';
import { googleParameters, toGoogleCallOptions } from './google-request-fields.ts';

export interface GoogleConfig {
  /** Ends in the version. @defaultValue `https://generativelanguage.googleapis.com/v1beta` */
  readonly baseUrl?: string | undefined;
  readonly apiKey: string;
}

const accepts = new Set(googleParameters);

/** The model `name` of Google's Gemini API; requests go through `fetch`, without retries. */
export function createGoogleProvider(
  name: string,
  config: GoogleConfig,
  fetch: UpstreamFetch,
): UpstreamProvider {
  const { apiKey, baseUrl = 'https://generativelanguage.googleapis.com/v1beta' } = config;
  // All settings are given: the package would read those that are not from the environment.
  const provider = createGoogle({ baseURL: baseUrl, apiKey, fetch: sendWellFormed(fetch) });
  return createSdkProvider({
    model: provider.chat(name),
    upstream: { host: new URL(baseUrl).host, apiKey },
    accepts,
    // JSON it is in any case; of a schema Gemini passes over what it does not know.
    enforcesFormat: ({ type }) => type === 'json_object',
    toOptions: toGoogleCallOptions,
  });
}
