import { CaluteError } from '../errors.ts';
import { parseOfflineModel } from './parse-offline-model.ts';

export const knownProviders = ['offline', 'openai', 'anthropic', 'google'] as const;
export type ProviderName = (typeof knownProviders)[number];

export interface ModelName {
  readonly provider: ProviderName;
  /** What follows the colon, options included. */
  readonly name: string;
}

/** Splits `provider:model`; throws `provider_not_configured` for a provider or an offline model that Calute does not have. */
export function parseModelName(model: string): ModelName {
  const colon = model.indexOf(':');
  const prefix = model.slice(0, colon === -1 ? model.length : colon);
  const provider = knownProviders.find((known) => known === prefix);
  if (provider === undefined || colon === -1) {
    throw new CaluteError(
      'provider_not_configured',
      `Unknown model provider "${prefix}" in "${model}"; known: ${knownProviders.join(', ')}`,
    );
  }
  const name = model.slice(colon + 1);
  if (provider === 'offline') parseOfflineModel(name);
  return { provider, name };
}
