import type { ResponseHeaders } from './rate-limit-reset.ts';

/** Whom a limit or a failure is about: the model that was asked, or all models of the provider. */
export type LimitScope = 'model' | 'provider';

/** Codes and types of whole accounts. Sources: Volcengine Ark, Moonshot, whose limits hold for all models together. */
const providerWide: ReadonlySet<string> = new Set(['AccountRateLimitExceeded', 'rate_limit_reached_error']);

/** Values of `x-ratelimit-scope` that name more than a model. */
const wideScopes: ReadonlySet<string> = new Set([
  'account',
  'global',
  'key',
  'organization',
  'project',
  'user',
]);

export interface ScopedFault {
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  /** The body says so, in a form of the provider's own. */
  readonly isProviderWide?: boolean;
}

/** Reads whom a limit is about; the model, unless the provider says otherwise. */
export function readLimitScope(headers: ResponseHeaders, fault: ScopedFault): LimitScope {
  const { code = '', type = '', isProviderWide = false } = fault;
  const saysSo =
    isProviderWide ||
    headers['x-ratelimit-global'] === 'true' ||
    wideScopes.has(headers['x-ratelimit-scope']?.toLowerCase() ?? '') ||
    providerWide.has(code) ||
    providerWide.has(type);
  return saysSo ? 'provider' : 'model';
}
