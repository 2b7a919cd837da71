import { CaluteError } from '../errors.ts';
import { parseOfflineModel } from './parse-offline-model.ts';

export const knownProviders = ['offline', 'openai', 'anthropic', 'google'] as const;
export type ProviderName = (typeof knownProviders)[number];

export interface ModelName {
  /** One of those that Calute knows, or of those that the operator has named. */
  readonly provider: string;
  /** What follows the colon, options included. */
  readonly name: string;
}

/**
 * Splits `provider:model`; throws `provider_not_configured` for a provider that Calute does not have and that is not among
 * those `named` by the operator, and for an offline model that there is not.
 */
export function parseModelName(model: string, named: readonly string[] = []): ModelName {
  const colon = model.indexOf(':');
  const provider = model.slice(0, colon === -1 ? model.length : colon);
  const known = [...knownProviders, ...named];
  if (!known.includes(provider) || colon === -1) {
    throw new CaluteError(
      'provider_not_configured',
      `Unknown model provider "${provider}" in "${model}"; known: ${known.join(', ')}; MODEL_PROVIDERS can name others`,
    );
  }
  const name = model.slice(colon + 1);
  if (provider === 'offline') parseOfflineModel(name);
  return { provider, name };
}
